const YEAR = 365 * 24 * 60 * 60 * 1000

/** Cookies that prove nothing and so need no signature; `lasting` ones stay for a year, others until the browser ends. */
export const cookie = (secure: boolean, lasting: boolean) =>
  ({
    httpOnly: true,
    sameSite: 'lax',
    secure,
    signed: false,
    path: '/',
    ...(lasting ? { maxAge: YEAR } : {}),
  }) as const
