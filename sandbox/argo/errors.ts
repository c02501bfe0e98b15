/** A refusal of argo-server: the gRPC code and the HTTP status that the gateway makes of it. */
export class ArgoError extends Error {
  readonly code: number
  readonly status: number
  /** The gateway itself refused: such answers carry no gRPC headers. */
  readonly isFromGateway: boolean

  constructor(code: number, status: number, message: string, isFromGateway = false) {
    super(message)
    this.code = code
    this.status = status
    this.isFromGateway = isFromGateway
  }
}

export const invalidArgument = (message: string): ArgoError => new ArgoError(3, 400, message)
export const workflowNotFound = (name: string): ArgoError =>
  new ArgoError(5, 404, `workflows.argoproj.io "${name}" not found`)
export const internal = (message: string): ArgoError => new ArgoError(13, 500, message)
export const permissionDenied = (message: string): ArgoError => new ArgoError(7, 403, message)
export const notImplemented = (): ArgoError => new ArgoError(12, 501, 'Not Implemented', true)

const statusTexts: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** The envelope in which a stream carries an error. */
export function streamError({ code, status, message }: ArgoError): object {
  return {
    error: { grpc_code: code, http_code: status, message, http_status: statusTexts[status] ?? 'Unknown' },
  }
}
