import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ITerraformDependable, TerraformProvider, TerraformResource, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { errors } from '../../errors';

const SOURCE = 'hashicorp/helm';

/** The oldest is what can be built from source; from the third line on `kubernetes` is no block any more. */
const VERSIONS = '>= 1.3.2, < 3.0.0';

/** Where releases go; the same file and context as the Kubernetes provider's. */
export class HelmProvider extends TerraformProvider {
  constructor(
    scope: Construct,
    id: string,
    private readonly kubernetes: { readonly configPath: string; readonly configContext: string },
  ) {
    super(scope, id, {
      terraformResourceType: 'helm',
      terraformProviderSource: SOURCE,
    });
    TerraformStack.of(this).addOverride('terraform.required_providers.helm', { source: SOURCE, version: VERSIONS });
  }

  protected override synthesizeAttributes() {
    const { configPath, configContext } = this.kubernetes;
    return { kubernetes: { config_path: configPath, config_context: configContext } };
  }
}

export interface HelmReleaseConfig {
  readonly name: string;
  readonly namespace: string;
  /** Path, or name in the repository. */
  readonly chart: string;
  readonly repository?: string;
  readonly version?: string;
  readonly values: readonly string[];
  /** Shown by `helm history`. A change of it is another revision. */
  readonly description?: string;
  readonly timeoutSeconds: number;
  readonly dependsOn: ITerraformDependable[];
}

/** `helm_release` with the arguments that this project sets; they are spelt alike in the first and second line. */
export class HelmRelease extends TerraformResource {
  constructor(
    scope: Construct,
    id: string,
    private readonly config: HelmReleaseConfig,
  ) {
    super(scope, id, { terraformResourceType: 'helm_release', dependsOn: config.dependsOn });
  }

  protected override synthesizeAttributes() {
    const { name, namespace, chart, repository, version, values, description, timeoutSeconds } = this.config;
    return {
      name,
      namespace,
      chart,
      repository,
      version,
      description,
      values: [...values],
      timeout: timeoutSeconds,
      // Until its pods are ready, not only until the cluster has taken it.
      wait: true,
      // The stack owns the namespace: Helm never removes one that it has made.
      create_namespace: false,
    };
  }
}

/** Changes with every file of a chart. Helm looks at the version only, which nobody raises while he tries something. */
export function chartHash(folder: string): string {
  if (!existsSync(join(folder, 'Chart.yaml'))) throw errors.noChart(folder);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${file.slice(folder.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex').slice(0, 12);
}
