import type { CDPSession, Page } from 'playwright-core'

/** A phone's own authenticator, as Chromium plays it: keeps passkeys, and unlocks by itself unless told otherwise. */
export interface VirtualAuthenticator {
  credentials(): Promise<{ credentialId: string; signCount: number }[]>
  /** Whether the person unlocks when asked; without, the ceremony waits until it is broken off. */
  present(present: boolean): Promise<void>
  /** Whether unlocking succeeds. */
  verified(verified: boolean): Promise<void>
  /** Sets the signature counter of the only credential back: a copy is in use elsewhere. */
  setBack(count: number): Promise<void>
  /** Resolves when the browser has forgotten a passkey. */
  forgotten(): Promise<unknown>
}

export async function virtualAuthenticator(page: Page): Promise<VirtualAuthenticator> {
  const cdp: CDPSession = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  const credentials = async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials
  return {
    credentials,
    present: async (enabled) => {
      await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
    },
    verified: async (isUserVerified) => {
      await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
    async setBack(signCount) {
      for (const credential of await credentials()) {
        await cdp.send('WebAuthn.removeCredential', {
          authenticatorId,
          credentialId: credential.credentialId,
        })
        await cdp.send('WebAuthn.addCredential', {
          authenticatorId,
          credential: { ...credential, signCount },
        })
      }
    },
    forgotten: () => new Promise((resolve) => cdp.once('WebAuthn.credentialDeleted', resolve)),
  }
}
