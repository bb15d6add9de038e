/**
 * An address that names several servers, as one address for each: `x://u:p@a:1,b:2/c` becomes `x://u:p@a:1/c` and
 * `x://u:p@b:2/c`. What is no address comes back as it is.
 */
export function eachServer(url: string): string[] {
  const [, before, hosts = '', after] = /^([a-z+]+:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/i.exec(url) ?? []
  return before === undefined ? [url] : hosts.split(',').map((host) => `${before}${host}${after}`)
}
