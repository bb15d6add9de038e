/** A person at a browser without JavaScript: follows redirects, keeps cookies by path, fills in forms. */
export class Person {
  readonly #fetch: typeof fetch
  readonly #jar: { name: string; value: string; path: string; origin: string }[] = []
  /** The page that is open. */
  url = ''
  html = ''
  status = 0
  headers = new Headers()
  readonly #address: string | undefined
  #last: { target: URL; request: RequestInit } | undefined

  /** `address`: where they are, as a proxy reports it that the provider trusts. */
  constructor({ address, send = fetch }: { address?: string; send?: typeof fetch } = {}) {
    this.#address = address
    this.#fetch = send
  }

  /** Opens an address; redirects are followed as long as they stay at provider addresses (not `stopAt`). */
  async open(url: string, init: RequestInit = {}): Promise<this> {
    return this.#go(new URL(url, this.url || undefined), init)
  }

  /** Fills in the form whose action ends with `action` and sends it. Hidden fields go along. */
  async submit(action: string, fields: Record<string, string> = {}): Promise<this> {
    const { target, body } = this.form(action, fields)
    return this.#go(target, {
      method: 'POST',
      body,
      headers: { origin: target.origin, 'sec-fetch-site': 'same-origin' },
    })
  }

  /** Sends once more what was sent last, as a browser does that is told to reload. */
  async again(): Promise<this> {
    if (!this.#last) throw new Error('nothing was sent')
    return this.#go(this.#last.target, this.#last.request)
  }

  /** What `submit` would send, for sending it otherwise. */
  form(action: string, fields: Record<string, string> = {}): { target: URL; body: URLSearchParams } {
    for (const [form, attributes = ''] of this.html.matchAll(/<form([^>]*)>[\s\S]*?<\/form>/g)) {
      const to = attribute(attributes, 'action')
      if (!to.endsWith(action)) continue
      const hidden = [...form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => input)
      const body = new URLSearchParams()
      for (const input of hidden) body.set(attribute(input, 'name'), attribute(input, 'value'))
      for (const [name, value] of Object.entries(fields)) body.set(name, value)
      return { target: new URL(to, this.url), body }
    }
    throw new Error(`no form ${action} on ${this.url} (${this.status}):\n${this.text()}`)
  }

  /** Sends a request with this browser's cookies and follows nothing. */
  async send(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const target = new URL(url, this.url || undefined)
    const headers = new Headers(init.headers)
    const cookie = this.cookies(target)
    if (cookie) headers.set('cookie', cookie)
    if (this.#address) headers.set('x-forwarded-for', this.#address)
    const response = await this.#fetch(target, { ...init, headers, redirect: 'manual' })
    this.#keep(target, response)
    return response
  }

  /** The visible text of the page. */
  text(): string {
    return this.html
      .replace(/<(script|style|svg)[\s\S]*?<\/\1>/g, '')
      .replace(/<[^>]+>/g, ' ')
      .replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&amp;/g, '&')
      .replace(/\s+/g, ' ')
      .trim()
  }

  /** Where the application would have been opened with its answer. */
  get answer(): URL {
    return new URL(this.url)
  }

  cookies(target: URL): string {
    const fits = this.#jar.filter((c) => c.origin === target.host && isWithin(target.pathname, c.path))
    return fits.map((c) => `${c.name}=${c.value}`).join('; ')
  }

  async #go(target: URL, init: RequestInit): Promise<this> {
    let next = target
    let request = init
    for (let hop = 0; hop < 12; hop++) {
      this.url = next.href
      if (next.port === '9') return this
      this.#last = { target: next, request }
      const headers = { accept: 'text/html,*/*;q=0.8', ...(request.headers as Record<string, string>) }
      const response = await this.send(next, { ...request, headers })
      this.status = response.status
      this.headers = response.headers
      this.html = await response.text()
      const location = response.headers.get('location')
      if (response.status < 300 || response.status > 399 || !location) return this
      next = new URL(location, next)
      request = {}
    }
    throw new Error(`redirected too often: ${this.url}`)
  }

  #keep(target: URL, response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      const path = attributes.find((a) => a.toLowerCase().startsWith('path='))?.slice(5) ?? '/'
      const at = this.#jar.findIndex((c) => c.name === name && c.path === path && c.origin === target.host)
      if (at >= 0) this.#jar.splice(at, 1)
      if (!/expires=Thu, 01 Jan 1970/i.test(line)) this.#jar.push({ name, value, path, origin: target.host })
    }
  }
}

const isWithin = (path: string, scope: string): boolean =>
  path === scope || path.startsWith(scope.endsWith('/') ? scope : `${scope}/`)

const attribute = (tag: string, name: string): string =>
  (new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
    .replace(/&#39;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
