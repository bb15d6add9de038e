/** An address as it may stand in a mail: one @, no blanks, a domain with a dot, nothing that nobody sees. */
export const isEmail = (text: string): boolean =>
  text.length <= 254 && /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text) && !/[\p{Cc}\p{Cf}]/u.test(text)
