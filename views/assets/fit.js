/** Tells whether scripts run here, and what this browser knows of passkeys, beside the three answers. */
const { script } = document.querySelector('form[data-fit]').elements

script.value = globalThis.PublicKeyCredential ? 'elsewhere' : 'none'
if (await globalThis.PublicKeyCredential?.isUserVerifyingPlatformAuthenticatorAvailable?.())
  script.value = 'here'
