/** IPv4 and IPv6 addresses of this machine itself. */
export const isLoopback = (ip: string): boolean => ip === '::1' || /^(::ffff:)?127\./.test(ip)

/** As a browser's address bar has it. */
export const isLoopbackName = (host: string): boolean => host === 'localhost' || host === '[::1]' || isLoopback(host)
