/** IPv4 and IPv6 addresses of this machine itself; no name that only begins like one. */
export const isLoopback = (ip: string): boolean => ip === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(ip)

/** As a browser's address bar has it. */
export const isLoopbackName = (host: string): boolean => host === 'localhost' || host === '[::1]' || isLoopback(host)

/** By HTTPS, or to this machine. */
export const isSafeUrl = ({ protocol, hostname }: URL): boolean => protocol === 'https:' || (protocol === 'http:' && isLoopbackName(hostname))
