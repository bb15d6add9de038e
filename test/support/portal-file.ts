import { CLIENT } from './provider.ts'

/** The tests' application as an operator writes it, under this id; its secret is in PORTAL_SECRET. */
export const portalFile = (id = 'portal', more = ''): string => `client_id: ${id}
name: Jobcenter-Portal
redirect_uris: [${CLIENT.redirectUris[0]}]
post_logout_redirect_uris: [${CLIENT.postLogoutRedirectUris[0]}]
initiate_login_uri: ${CLIENT.initiateLoginUri}
client_secret: env:PORTAL_SECRET
scope: [${CLIENT.scope.join(', ')}]
${more}`
