/** An answer that stands in for the API server's own. */
interface FaultyAnswer {
  /** The beginning of the request, such as `PATCH /api/v1/namespaces/shop/resourcequotas`. */
  readonly request: string
  readonly status: number
  readonly message: string
  readonly retryAfterS?: number
  times: number
}

export interface KubernetesFaults {
  /** While set, every request is left without an answer. */
  isHanging: boolean
  /** Resources of Argo Workflows that are not installed. */
  readonly missingResources: Set<string>
  readonly answers: FaultyAnswer[]
  /** Requests that are carried out and whose answer is lost, by their beginning. */
  readonly lostAnswers: string[]
  /** Told of each request once it was carried out, before it is answered; a hanging one is neither. */
  onRequest: ((request: string) => void) | undefined
}

export const createKubernetesFaults = (): KubernetesFaults => ({
  isHanging: false,
  missingResources: new Set(),
  answers: [],
  lostAnswers: [],
  onRequest: undefined,
})

/** The answer that is to stand in for the request's own; undefined when there is none. */
export const faultyAnswer = ({ answers }: KubernetesFaults, request: string): FaultyAnswer | undefined => {
  const found = answers.find((answer) => answer.times > 0 && request.startsWith(answer.request))
  if (found !== undefined) found.times -= 1
  return found
}

/** Whether the answer to this request is to be lost. */
export const takeLost = ({ lostAnswers }: KubernetesFaults, request: string): boolean => {
  const index = lostAnswers.findIndex((beginning) => request.startsWith(beginning))
  if (index === -1) return false
  lostAnswers.splice(index, 1)
  return true
}
