/**
 * Tells the browser which passkeys the account still has, so that it no longer offers deleted ones
 * (WebAuthn Level 3, 5.1.10.3). Browsers that cannot do so lose nothing.
 */
for (const { dataset } of document.querySelectorAll('[data-accepted]')) {
  await globalThis.PublicKeyCredential?.signalAllAcceptedCredentials?.(JSON.parse(dataset.accepted)).catch(
    () => {},
  )
}
