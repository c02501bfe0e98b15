import { type Check, check, ok, type Verdict, warning, wrong } from './check.ts'

/** A server that the bot calls. */
export interface Peer {
  readonly name: string
  readonly url: string
  /** A proxy that is named for it alone. */
  readonly proxy?: string
}

type Environment = Readonly<Record<string, string | undefined>>

const valueOf = (environment: Environment, name: string): string | undefined =>
  environment[name.toLowerCase()] ?? environment[name]

const ports: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

const isExcluded = ({ protocol, hostname, port }: URL, entry: string): boolean => {
  const [host = '', only] = entry.toLowerCase().split(':')
  if (only !== undefined && Number(only) !== (Number(port) || ports[protocol])) return false
  const name = host.replace(/^\*?\./, '')
  return host === '*' || (hostname === name && !host.startsWith('*')) || hostname.endsWith(`.${name}`)
}

const exceptions = (environment: Environment): readonly string[] =>
  (valueOf(environment, 'NO_PROXY') ?? '').split(/[,\s]/).filter((entry) => entry !== '')

/** The proxy that a call goes by, as undici's EnvHttpProxyAgent takes it from the environment; undefined when by none. */
export const proxyOf = (address: string, environment: Environment): string | undefined => {
  const url = new URL(address)
  if (exceptions(environment).some((entry) => isExcluded(url, entry))) return undefined
  const http = valueOf(environment, 'HTTP_PROXY') || undefined
  return url.protocol === 'https:' ? valueOf(environment, 'HTTPS_PROXY') || http : http
}

/** Names that no proxy outside the cluster can find. */
const isInside = (address: string): boolean => /(?:\.svc|\.cluster\.local)$/.test(new URL(address).hostname)

// A proxy's address may hold its password.
const hostOf = (proxy: string): string => URL.parse(proxy)?.host ?? 'an address that is none'

const names = (peers: readonly Pick<Peer, 'name'>[]): string => peers.map(({ name }) => name).join(', ')

const judge = (peers: readonly Peer[], environment: Environment): Verdict => {
  const found = peers.map(({ name, url, proxy }) => ({
    name,
    url,
    proxy: proxy ?? proxyOf(url, environment),
  }))
  const through = found.filter(({ proxy }) => proxy !== undefined)
  const direct = found.filter(({ proxy }) => proxy === undefined)
  if (through.length === 0) return ok('none is used')
  const hosts = new Set(through.flatMap(({ proxy }) => (proxy === undefined ? [] : hostOf(proxy))))
  const says = `${[...hosts].join(', ')} for ${names(through)}; direct: ${names(direct)}`
  const ranges = exceptions(environment).filter((entry) => entry.includes('/'))
  if (ranges.length > 0)
    return warning(
      `${says}; NO_PROXY takes no ranges: ${ranges.join(', ')} ${ranges.length === 1 ? 'excepts' : 'except'} nothing`,
      'NO_PROXY=10.0.0.7,.example.com   # each address by itself, names also by what they end with',
    )
  return through.some(({ url }) => isInside(url))
    ? warning(
        `${says}; a proxy seldom reaches into a cluster`,
        'NO_PROXY=.svc,.cluster.local   # and what you have in it',
      )
    : ok(says)
}

/** Which connections go by a proxy; `peers` reads where they lead and calls nobody. */
export const networkChecks = (
  peers: () => Promise<readonly Peer[]>,
  environment: Environment,
): readonly Check[] => [
  check({
    id: 'network/proxy',
    area: 'Network',
    title: 'proxy',
    probe: peers,
    judge: (found) => judge(found, environment),
    refused: () => wrong('cannot be told', 'env | grep -i _proxy'),
  }),
]
