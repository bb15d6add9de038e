/* global SimpleWebAuthnBrowser */
const { browserSupportsWebAuthn, browserSupportsWebAuthnAutofill, startAuthentication, startRegistration } =
  SimpleWebAuthnBrowser

/**
 * The passkey ceremony, the one thing that needs JavaScript. Forms say what they are for by `data-passkey`:
 * `create` and `get` carry their options; `login` stands on the page of the password and fetches them when needed.
 * Whatever goes wrong is sent to the server by its name, which answers with the page that says what to do.
 */
for (const form of document.querySelectorAll('form[data-passkey]')) {
  const { passkey, options, unknown } = form.dataset
  if (unknown) void forget(JSON.parse(options).rpId, unknown)
  if (passkey === 'login') void login(form)
  else form.addEventListener('submit', (event) => ceremony(event, form, passkey, JSON.parse(options)))
}

async function ceremony(event, form, kind, optionsJSON) {
  event.preventDefault()
  const start = kind === 'create' ? startRegistration : startAuthentication
  await perform(form, () => start({ optionsJSON }))
  form.submit()
}

/** Fills the form with the browser's answer, or with the reason why there is none. */
async function perform(form, start) {
  const { credential, authenticationError } = form.elements
  try {
    if (!browserSupportsWebAuthn()) throw new DOMException('', 'NotSupportedError')
    credential.value = JSON.stringify(await start())
    authenticationError.value = ''
  } catch (error) {
    credential.value = ''
    authenticationError.value = error.cause?.name ?? error.name
  }
}

/**
 * The button asks for a passkey at once instead of leading to the page that does; where that fails, it leads there.
 * Browsers that offer passkeys among the user names do so from the start.
 */
async function login(form) {
  let fetched
  const begin = () => {
    fetched ??= fetch(form.dataset.begin, { method: 'POST', body: new URLSearchParams(new FormData(form)) })
      .then((response) => (response.ok ? response.json() : Promise.reject(response)))
      .catch(() => undefined)
    return fetched
  }
  const ask = async (useBrowserAutofill) => {
    const begun = await begin()
    if (!begun) return false
    await perform(form, () => startAuthentication({ optionsJSON: begun.options, useBrowserAutofill }))
    if (!form.elements.credential.value) return false
    form.action = form.dataset.answer
    form.submit()
    return true
  }
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (!(await ask(false))) form.submit()
  })
  if (browserSupportsWebAuthn() && (await browserSupportsWebAuthnAutofill())) await ask(true)
}

/** The browser need not offer again what belongs to no account any more (WebAuthn Level 3, 5.1.10). */
async function forget(rpId, credentialId) {
  await globalThis.PublicKeyCredential?.signalUnknownCredential?.({ rpId, credentialId }).catch(() => {})
}
