import { type Construct, RootConstruct } from 'constructs';
import { deployedHandle } from '../constructs/platforms/deployed';
import { StreamingPipeline, type StreamingPipelineProps } from '../constructs/pipeline';
import { type Platform, validate, validateAll, type Workload } from '../constructs/workload';
import type { Settings } from './settings';

/** A platform that declares nothing and keeps what it was asked to run. */
export class Recorder implements Platform {
  readonly workloads: Workload[] = [];

  deploy(_: Construct, workload: Workload) {
    validate(workload);
    this.workloads.push(workload);
    return deployedHandle(workload);
  }

  named(name: string): Workload {
    const found = this.workloads.find((w) => w.name === name);
    if (!found) throw new Error(`no workload "${name}" among ${this.workloads.map((w) => w.name).join(', ')}`);
    return found;
  }
}

/** The one place that turns settings into the platform's components. */
export function declarePipeline(
  scope: Construct,
  platform: Platform,
  { components, ...settings }: Settings,
  more: Partial<StreamingPipelineProps> = {},
): StreamingPipeline {
  return new StreamingPipeline(scope, 'Pipeline', {
    platform,
    memoryMiB: settings.memory,
    replicas: settings.replicas,
    usersPerRun: settings.usersPerRun,
    userSource: settings.userSource,
    publish: settings.ports,
    images: settings.images,
    external: {
      kafka: components.kafka?.external,
      schemaRegistry: components.schemaRegistry?.external,
      cassandra: components.cassandra?.external,
    },
    ...more,
  });
}

/** The workloads of the whole platform, as every renderer receives them. Without a synth, so it takes no time. */
export function declaredWorkloads(settings: Settings): readonly Workload[] {
  const platform = new Recorder();
  declarePipeline(new RootConstruct(), platform, settings);
  validateAll(platform.workloads);
  return platform.workloads;
}
