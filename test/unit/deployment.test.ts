import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'

const text = (file: string): string => readFileSync(file, 'utf8')

describe('The Kubernetes manifests', () => {
  interface Pod {
    automountServiceAccountToken: boolean
    securityContext: object
    volumes: { name: string }[]
    terminationGracePeriodSeconds: number
    containers: {
      command?: string[]
      env: { name: string; value: string }[]
      volumeMounts: { name: string }[]
      readinessProbe?: { periodSeconds: number; failureThreshold: number }
    }[]
  }
  const documents = readdirSync('deploy/kubernetes').flatMap((name) =>
    parseAllDocuments(text(`deploy/kubernetes/${name}`)).map((one) => one.toJS({ maxAliasCount: 20 })),
  )
  const kind = (name: string) => documents.find((one) => one.kind === name)
  const pods: [string, Pod][] = ['Deployment', 'Job'].map((name) => [name, kind(name).spec.template.spec])

  test('are one of each kind that is needed', () => {
    expect(documents.map((one) => one.kind).sort()).toEqual([
      'Deployment',
      'Job',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
    ])
  })

  test.each(pods)(
    'let the %s run without rights, write nowhere but /tmp, and know its bounds',
    (_kind, pod) => {
      expect(pod.automountServiceAccountToken).toBe(false)
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      for (const container of pod.containers) {
        expect(container).toMatchObject({
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { requests: { cpu: expect.any(String) }, limits: { memory: expect.any(String) } },
        })
        expect(container.volumeMounts.map(({ name }) => name).sort()).toEqual(
          pod.volumes.map(({ name }) => name).sort(),
        )
        if (container.command) expect(existsSync(container.command[1] ?? '')).toBe(true)
      }
    },
  )

  test('set nothing that Pforte does not know', () => {
    const known = text('src/settings/environment.ts') + text('src/settings/load.ts')
    for (const [, pod] of pods)
      for (const { name } of pod.containers.flatMap(({ env }) => env))
        expect(known).toMatch(new RegExp(`\\b${name.replace(/_FILE$/, '')}\\b`))
  })

  test('stop sending requests to a pod before it closes, and leave it the time to finish', () => {
    const pod: Pod = kind('Deployment').spec.template.spec
    const [{ env, readinessProbe } = { env: [], readinessProbe: undefined }] = pod.containers
    const drain = Number(env.find(({ name }) => name === 'PFORTE_DRAIN_SECONDS')?.value)
    const { periodSeconds = Infinity, failureThreshold = Infinity } = readinessProbe ?? {}
    expect(drain).toBeGreaterThan(2 * periodSeconds * failureThreshold)
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(drain + 15)
  })

  test('let an eviction and an upgrade leave one instance, and every selector finds the pods', () => {
    const { spec } = kind('Deployment')
    expect([spec.replicas, spec.strategy.rollingUpdate.maxUnavailable]).toEqual([2, 0])
    expect(kind('PodDisruptionBudget').spec.minAvailable).toBe(1)
    const { labels } = spec.template.metadata
    expect(spec.selector.matchLabels).toEqual(labels)
    expect(kind('Service').spec.selector).toEqual(labels)
    expect(kind('PodDisruptionBudget').spec.selector.matchLabels).toEqual(labels)
    expect(labels).toMatchObject(kind('NetworkPolicy').spec.podSelector.matchLabels)
  })

  test('let nothing in or out that is not named', () => {
    const { policyTypes, ingress, egress } = kind('NetworkPolicy').spec
    expect(policyTypes).toEqual(['Ingress', 'Egress'])
    for (const rule of [...ingress, ...egress]) {
      expect((rule.from ?? rule.to).length).toBeGreaterThan(0)
      expect(rule.ports.length).toBeGreaterThan(0)
    }
  })
})

describe('The compose file of two instances', () => {
  const compose = parse(text('deploy/compose.yml'), { merge: true })
  const { pforte, proxy } = compose.services

  test('hides all but the proxy, and believes the network of the proxy alone', () => {
    expect(pforte.deploy.replicas).toBe(2)
    const open = Object.entries<{ ports?: string[] }>(compose.services).filter(([, { ports }]) => ports)
    expect(open.map(([name]) => name)).toEqual(['proxy'])
    expect(compose.networks.default.ipam.config[0].subnet).toBe(pforte.environment.TRUSTED_PROXIES)
  })

  test('hardens every service, and mounts and starts what exists', () => {
    for (const service of Object.values<Record<string, unknown>>(compose.services)) {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      })
      for (const mount of (service.volumes as string[] | undefined) ?? []) {
        const [source = ''] = mount.split(':')
        expect(source.startsWith('.') ? existsSync(source) : source in compose.volumes).toBe(true)
      }
    }
    expect(existsSync(compose.services.migrate.command[1])).toBe(true)
    expect(proxy.secrets).toEqual(['tls'])
  })

  test('has a proxy whose configuration HAProxy itself accepts', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pforte-proxy-'))
    const [key, certificate, tls, file] = ['key', 'crt', 'tls', 'cfg'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
      string,
    ]
    const subject = ['-subj', '/CN=login.example', '-days', '1']
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        key,
        '-out',
        certificate,
        ...subject,
      ],
      { stdio: 'ignore' },
    )
    writeFileSync(tls, text(certificate) + text(key))
    writeFileSync(file, text('deploy/haproxy.cfg').replace('/run/secrets/tls', tls))
    const { status, stderr, stdout } = spawnSync('/usr/sbin/haproxy', ['-c', '-f', file], {
      encoding: 'utf8',
    })
    rmSync(folder, { recursive: true })
    expect([status, `${stdout}${stderr}`]).toEqual([0, expect.not.stringContaining('[WARNING]')])
  })
})

/** What the version before would miss, or could not write any more. */
const TAKES_AWAY =
  /\bDROP\s+(TABLE|COLUMN|TYPE|FUNCTION|SCHEMA)|\bRENAME\b|\bSET\s+NOT\s+NULL|\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE|\bADD\s+COLUMN\s+(?![^,;]*\bDEFAULT\b)[^,;]*\bNOT\s+NULL/i

describe('Every migration', () => {
  const files = readdirSync('migrations').map((name): [string, string] => [
    name,
    text(`migrations/${name}`)
      .replaceAll(/--.*$/gm, '')
      .replaceAll(/\$\$[\s\S]*?\$\$/g, ''),
  ])

  test.each(files)('%s only adds, so that the version before it runs on beside it', (_name, sql) => {
    expect(sql.split(';').filter((statement) => TAKES_AWAY.test(statement))).toEqual([])
  })

  test.each([
    'ALTER TABLE a DROP COLUMN b',
    'ALTER TABLE a RENAME TO b',
    'ALTER TABLE a ALTER COLUMN b TYPE bigint',
    'ALTER TABLE a ADD COLUMN b text NOT NULL',
  ])('would be found with "%s"', (sql) => expect(sql).toMatch(TAKES_AWAY))

  test('may add a column with a default', () =>
    expect('ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT 1').not.toMatch(TAKES_AWAY))
})

test('Every statement names the columns it returns, so that a prepared one outlives a migration', () => {
  const star = /\b(SELECT|RETURNING)\s+(\w+\.)?\*(?!\s+FROM\s+unnest)/i
  for (const file of readdirSync('src/store').filter((name) => name.endsWith('.ts')))
    expect([file, star.exec(text(`src/store/${file}`))?.[0]]).toEqual([file, undefined])
})
