/** Which metrics a PromQL expression names. That it is valid is for Prometheus to say. */

const keywords = new Set(['and', 'or', 'unless', 'offset', 'bool', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'inf', 'nan', 'atan2', 'start', 'end'])

/** Each once. A selector without a name (`{__name__=~"…"}`) hides what it reads: it is told as `{`. */
export function metricsIn(expression: string): string[] {
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""')
    .replace(/#.*$/gm, '')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/gi, ' ')
  const nameless = /(?<![\w:])\s*\{/.test(bare.replace(/([A-Za-z_:][\w:]*)\s*\{/g, '$1')) ? ['{'] : []
  const names = bare.replace(/\{[^}]*\}/g, ' ').matchAll(/(?<![\w:.])[A-Za-z_:][\w:]*(?![\w:])(?!\s*\()/g)
  return [...new Set([...nameless, ...[...names].map(([name]) => name).filter((name) => !keywords.has(name.toLowerCase()))])]
}

/** As Grafana asks it: with its variables filled. */
export const filled = (expression: string): string => expression.replaceAll('$__range', '10m').replaceAll('$__rate_interval', '1m').replaceAll('$__interval', '15s')
