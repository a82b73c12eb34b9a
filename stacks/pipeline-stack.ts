import { LocalBackend, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { join } from 'node:path';
import type { StreamingPipelineProps } from '../constructs/pipeline';
import type { Platform } from '../constructs/workload';
import {
  generationOf,
  type Generations,
  GenerationsError,
  generationsFile,
  readGenerations,
} from '../toolchain/secrets';
import { declarePipeline } from './declared';
import { deploymentFolder, ROOT, type Settings, SettingsError } from './settings';

/** What every platform needs to know of the deployment. */
export interface DeploymentFacts {
  readonly deployment: string;
  readonly root: string;
  readonly secretsFolder: string;
  /** How often a secret got another value. A workload is replaced when that of a secret it holds has changed. */
  readonly secretGeneration: (secret: string) => number;
}

type Rendering = Platform & { render(): void };

/** From the folder that Terraform runs in, `cdktf.out/stacks/<stack>`. */
const backToRoot = '../../..';

/** Where Terraform keeps the state of a stack, seen from the folder that it runs in. */
export function stateOf({ name }: Settings, id: string): string {
  return `${backToRoot}/.deployments/${name}/${id}.tfstate`;
}

/** The pipeline on one platform, with a state of its own in the folder of the deployment. */
export abstract class PipelineStack<P extends Rendering = Rendering> extends TerraformStack {
  constructor(scope: Construct, id: string, settings: Settings, generations = generationsOf(settings)) {
    super(scope, id);
    new LocalBackend(this, { path: stateOf(settings, id) });
    const platform = this.platform(settings, {
      deployment: settings.name,
      root: ROOT,
      secretsFolder: join(deploymentFolder(settings), 'secrets'),
      secretGeneration: (secret) => generationOf(generations, secret),
    });
    declarePipeline(this, platform, settings, this.charts(settings, platform));
    platform.render();
  }

  protected abstract platform(settings: Settings, facts: DeploymentFacts): P;

  /** What this platform takes from charts. */
  protected charts(_settings: Settings, _platform: P): Partial<StreamingPipelineProps> {
    return {};
  }
}

/** Of a deployment that was never made here, all secrets have their first value. */
function generationsOf({ name }: Settings): Generations {
  try {
    return readGenerations(generationsFile(name, ROOT));
  } catch (error) {
    throw error instanceof GenerationsError ? new SettingsError(error.message) : error;
  }
}
