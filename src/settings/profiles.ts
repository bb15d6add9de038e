export const PROFILES = ['web', 'spa', 'native', 'service', 'device', 'fapi2'] as const
export const METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
  'none',
] as const
export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const GRANT_TYPES = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  DEVICE_CODE,
  TOKEN_EXCHANGE,
] as const

export type ProfileName = (typeof PROFILES)[number]
export type Method = (typeof METHODS)[number]
export type GrantType = (typeof GRANT_TYPES)[number]

/** What a kind of application may do. The first of `methods` is the default; lifetimes (seconds) are the longest. */
export interface Profile {
  methods: readonly [Method, ...Method[]]
  /** What is allowed; `defaults` of it hold where the file says nothing. */
  grants: readonly GrantType[]
  defaults: readonly GrantType[]
  accessToken: number
  refreshToken: number
  /** Requests must be pushed, tokens be bound to a key (FAPI 2.0 Security Profile, 5.3). */
  hardened: boolean
}

const SECRETS = ['client_secret_basic', 'client_secret_post'] as const
const CERTIFICATES = ['tls_client_auth', 'self_signed_tls_client_auth'] as const
const SIGN_IN = ['authorization_code', 'refresh_token'] as const
const FOR_EVER = Infinity

/** Safe defaults per kind of application (RFC 9700; RFC 8252 for native ones). Files may tighten, never loosen. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  web: {
    methods: [...SECRETS, 'private_key_jwt', ...CERTIFICATES, 'none'],
    grants: [...SIGN_IN, 'client_credentials', TOKEN_EXCHANGE],
    defaults: SIGN_IN,
    accessToken: 600,
    refreshToken: FOR_EVER,
    hardened: false,
  },
  spa: {
    methods: ['none'],
    grants: SIGN_IN,
    defaults: SIGN_IN,
    accessToken: 300,
    refreshToken: 8 * 3600,
    hardened: false,
  },
  native: {
    methods: ['none'],
    grants: SIGN_IN,
    defaults: SIGN_IN,
    accessToken: 600,
    refreshToken: FOR_EVER,
    hardened: false,
  },
  service: {
    methods: ['private_key_jwt', ...SECRETS, ...CERTIFICATES],
    grants: ['client_credentials', TOKEN_EXCHANGE],
    defaults: ['client_credentials'],
    accessToken: 300,
    refreshToken: FOR_EVER,
    hardened: false,
  },
  device: {
    methods: ['none', 'private_key_jwt', ...SECRETS],
    grants: [DEVICE_CODE, 'refresh_token'],
    defaults: [DEVICE_CODE, 'refresh_token'],
    accessToken: 600,
    refreshToken: FOR_EVER,
    hardened: false,
  },
  fapi2: {
    methods: ['private_key_jwt', ...CERTIFICATES],
    grants: SIGN_IN,
    defaults: SIGN_IN,
    accessToken: 300,
    refreshToken: FOR_EVER,
    hardened: true,
  },
}
