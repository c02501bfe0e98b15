import { judge, type Judged, right, type wrong } from './judge.ts'
import { type ConfigFile, configSchema } from './schema.ts'

type Wrong = typeof wrong

/** What checks across several keys look at. */
export type RightParts = Exclude<Judged<ConfigFile>, Wrong>
export type RightCluster = Exclude<Judged<ConfigFile['clusters'][string]>, Wrong>
type RightOffer = Exclude<Judged<ConfigFile['clusters'][string]['templates'][string]>, Wrong>

type Maps<One> = Readonly<Record<string, One | Wrong | undefined>> | Wrong | undefined

const mapsIn = <One extends object>(all: Maps<One>): readonly (readonly [string, One])[] =>
  Object.entries(right(all) ?? {}).flatMap(([name, one]) =>
    typeof one === 'object' ? [[name, one] as const] : [],
  )

/** The clusters that are maps, by their names. */
export const clustersIn = ({
  clusters,
}: Pick<RightParts, 'clusters'>): readonly (readonly [string, RightCluster])[] => mapsIn(clusters)

/** What is offered on a cluster, as far as it is a map, by the names of the templates. */
export const offersIn = ({ templates }: RightCluster): readonly (readonly [string, RightOffer])[] =>
  mapsIn(templates)

/** What is right by itself in a file that has mistakes, so that everything else that is wrong is named with them. */
export const rightPartsOf = (file: unknown): RightParts => right(judge(configSchema, file)) ?? {}
