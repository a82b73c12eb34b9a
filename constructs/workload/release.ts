import type { Construct } from 'constructs';
import type { Image } from '../images';
import type { Dependable, Deployed, Platform, Port, RepositoryFolder, Secret, Server } from './workload';

/** A release of a Helm chart that takes the place of workloads of ours. */
export interface Release {
  /** The name by which others reach it: that of the service that the chart makes. */
  readonly name: string;
  /** Helm's own name of it. */
  readonly release: string;
  readonly chart: Chart;
  /** Values as YAML or JSON, the later ones over the earlier ones. Never a secret. */
  readonly values: readonly string[];
  readonly ports: Readonly<Record<string, Port>>;
  /** Labels that all its pods bear, and no other pod does. */
  readonly pods: Readonly<Record<string, string>>;
  /** Secret objects that its values name: object to key to secret. */
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, Secret>>>>;
  /** Folders of this repository, read-only, each as an object `folder-<path with hyphens>`. */
  readonly folders?: readonly RepositoryFolder[];
  readonly uses?: readonly Server[];
  readonly after?: readonly Dependable[];
  /** What its pods ask for together, for the quota of the deployment. */
  readonly takes: { readonly pods: number; readonly cpu: number; readonly memoryMiB: number; readonly claims: number };
  /** How long its pods may take to be ready. */
  readonly startSeconds: number;
}

/** A folder of this repository, or a chart of a repository at exactly one version. */
export type Chart =
  { readonly folder: string } | { readonly repository: string; readonly name: string; readonly version: string };

/** A platform that can install charts. */
export interface ChartPlatform extends Platform {
  /** @throws if the release contradicts itself */
  release(scope: Construct, release: Release): Deployed;
  /** How the platform calls an image, for values that name one. */
  imageName(image: Image): string;
  /** Where a person opens the page on a port. */
  urlOf(port: Port): string;
}
