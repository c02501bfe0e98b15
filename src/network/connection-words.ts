import { wordsOf } from './error-words.ts'

const reset = 'the connection was cut off'
const noRoute = 'there is no way to it: ask whether a network policy or a firewall is between'
const late = 'no answer in time'

/** By the codes of Node (errors of the system and of undici) and the names of its exceptions. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing takes connections at its address (ECONNREFUSED)',
  ECONNRESET: `${reset} (ECONNRESET)`,
  EPIPE: `${reset} (EPIPE)`,
  ENOTFOUND: 'its host name is not known (ENOTFOUND)',
  EAI_AGAIN: 'its host name cannot be looked up at present (EAI_AGAIN)',
  EHOSTUNREACH: `${noRoute} (EHOSTUNREACH)`,
  ENETUNREACH: `${noRoute} (ENETUNREACH)`,
  ETIMEDOUT: 'no connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: late,
  UND_ERR_BODY_TIMEOUT: late,
  TimeoutError: late,
  UND_ERR_SOCKET: 'it closed the connection without an answer',
}

/** What became of a connection, as it stands after "cannot be reached: "; undefined where no more is known than Node says. */
export const connectionWords = (error: unknown): string | undefined =>
  wordsOf(error).flatMap((word) => words[word] ?? [])[0]
