/**
 * The names that Argo 3.7 to 4.1 takes in a Workflow, as far down as a slip of the pen would be lost: argo-server drops
 * what it does not know without a word. A name that leads on has names of its own; null takes anything.
 */
export interface Fields {
  readonly [name: string]: Fields | null
}

const any = (names: string): Fields => Object.fromEntries(names.split(' ').map((name) => [name, null]))

const parameters = any('name default value valueFrom globalName enum description')
const args = { ...any('artifacts'), parameters }
const outputs = { ...any('artifacts result exitCode'), parameters }

const env = {
  ...any('name value'),
  valueFrom: {
    ...any('fieldRef resourceFieldRef fileKeyRef'),
    configMapKeyRef: any('name key optional'),
    secretKeyRef: any('name key optional'),
  },
}

const container = {
  ...any(
    'name image command args workingDir ports envFrom resizePolicy restartPolicy restartPolicyRules volumeDevices livenessProbe readinessProbe startupProbe lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy stdin stdinOnce tty source mirrorVolumeMounts dependencies',
  ),
  env,
  resources: any('requests limits claims'),
  volumeMounts: any('name mountPath subPath subPathExpr readOnly recursiveReadOnly mountPropagation'),
  securityContext: any(
    'capabilities privileged seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot readOnlyRootFilesystem allowPrivilegeEscalation procMount seccompProfile appArmorProfile',
  ),
}

const retryStrategy = {
  ...any('limit retryPolicy affinity expression'),
  backoff: any('duration factor maxDuration cap'),
}
const synchronization = any('semaphore mutex semaphores mutexes')
const podSecurity = any(
  'seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot supplementalGroups supplementalGroupsPolicy fsGroup fsGroupChangePolicy seccompProfile appArmorProfile sysctls seLinuxChangePolicy',
)

const call = {
  ...any('name template inline withItems withParam withSequence when onExit hooks dependencies depends'),
  arguments: args,
  templateRef: any('name template clusterScope'),
  continueOn: any('error failed'),
}

const template = {
  ...any(
    'name nodeSelector affinity metadata daemon suspend data http plugin volumes archiveLocation activeDeadlineSeconds parallelism failFast tolerations schedulerName priorityClassName priority serviceAccountName automountServiceAccountToken executor hostAliases podSpecPatch metrics memoize timeout annotations pendingTimeout podResources resourceClaims',
  ),
  inputs: args,
  outputs,
  steps: call,
  dag: { ...any('target failFast'), tasks: call },
  container,
  script: container,
  containerSet: { ...any('volumeMounts retryStrategy'), containers: container },
  initContainers: container,
  sidecars: container,
  resource: any(
    'action mergeStrategy manifest manifestFrom setOwnerReference successCondition failureCondition flags',
  ),
  retryStrategy,
  synchronization,
  securityContext: podSecurity,
}

const spec = {
  ...any(
    'entrypoint serviceAccountName automountServiceAccountToken executor volumes volumeClaimTemplates parallelism artifactRepositoryRef suspend nodeSelector affinity tolerations imagePullSecrets hostNetwork dnsPolicy dnsConfig onExit activeDeadlineSeconds priority schedulerName podPriorityClassName podPriority hostAliases podSpecPatch podDisruptionBudget metrics shutdown workflowTemplateRef volumeClaimGC podMetadata archiveLogs hooks workflowMetadata artifactGC executorPlugins podResources resourceClaims',
  ),
  arguments: args,
  templates: template,
  templateDefaults: template,
  retryStrategy,
  synchronization,
  securityContext: podSecurity,
  podGC: any('strategy labelSelector deleteDelayDuration'),
  ttlStrategy: any('secondsAfterCompletion secondsAfterSuccess secondsAfterFailure'),
}

export const workflowFields: Fields = {
  ...any('apiVersion kind status'),
  metadata: any(
    'name generateName namespace labels annotations finalizers ownerReferences uid resourceVersion creationTimestamp generation managedFields selfLink deletionTimestamp deletionGracePeriodSeconds',
  ),
  spec,
}
