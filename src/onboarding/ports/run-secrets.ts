/** The Secret of a run, in the workflows' namespace of its cluster. Every method throws RemoteError. */
export interface RunSecrets {
  /** Makes it or, where one of that name and of this installation is left, makes it anew. */
  readonly make: (cluster: string, name: string, data: Readonly<Record<string, string>>) => Promise<void>
  /** Lets Kubernetes delete it together with the workflow. */
  readonly own: (cluster: string, name: string, workflow: { name: string; uid: string }) => Promise<void>
  /** Undefined when there is none. */
  readonly read: (cluster: string, name: string) => Promise<Readonly<Record<string, string>> | undefined>
  /** Fine when there is none. */
  readonly remove: (cluster: string, name: string) => Promise<void>
}
