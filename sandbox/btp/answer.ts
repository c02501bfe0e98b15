import { randomUUID } from 'node:crypto'

/** What a service answers; no body is an empty one. */
export interface BtpAnswer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** An error as the accounts service words it. */
export const accountsError = (
  status: number,
  code: number,
  message: string,
  details: readonly string[] = [],
): BtpAnswer => ({
  status,
  body: {
    error: {
      code,
      message,
      target: '/accounts/v1/subaccounts',
      correlationID: randomUUID(),
      ...(details.length > 0 && { details: details.map((text) => ({ code: code + 1, message: text })) }),
    },
  },
})

/** An error as the Service Manager words it. */
export const managerError = (status: number, error: string, description: string): BtpAnswer => ({
  status,
  body: { error, description },
})
