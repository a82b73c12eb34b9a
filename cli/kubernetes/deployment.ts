import { PassThrough, Readable } from 'node:stream';
import type { CoreV1Api, KubeConfig, V1Pod, V1Status } from '@kubernetes/client-node' with {
  'resolution-mode': 'import',
};
import { connect, type Target } from '../../constructs/platforms/kubernetes/client';
import { deploymentLabels, isOf, selectorOf } from '../../constructs/platforms/kubernetes/labels';
import { deniedRights, inWords, portRights } from '../../constructs/platforms/kubernetes/rights';
import { ROOT, type Settings } from '../../stacks/settings';
import type { SecretName } from '../../toolchain/secrets';
import { type Belongings, type Deployment, filesOf, type PublishedPort } from '../deployment';
import { CommandError, wrongInput } from '../errors';
import type { Executed } from '../exec';
import type { LogSources } from '../logs/sources';
import type { Memory } from '../memory';
import type { ServiceStatus } from '../status/services';
import { Forwards } from './forward';
import { newestPods, podOf } from './pods';
import type { Listeners, Watch } from '../watch';

/** The API of the cluster, and where in it the deployment is. */
export interface Access {
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  readonly namespace: string;
}

/** A deployment in a namespace of a cluster: nothing of it has a port on this machine until somebody opens one. */
export class KubernetesDeployment implements Deployment {
  readonly stack = 'k8s';
  readonly where: string;
  readonly opensWith: string;
  readonly folder: string;
  readonly secretsFolder: string;
  readonly stateFile: string;
  readonly secret: (name: SecretName) => string;
  private readonly target: Target & { readonly context: string };
  private opened?: Promise<Access>;
  private forwards?: Promise<Forwards>;

  constructor(
    readonly settings: Settings,
    root = ROOT,
  ) {
    ({
      folder: this.folder,
      secretsFolder: this.secretsFolder,
      stateFile: this.stateFile,
      secret: this.secret,
    } = filesOf(settings, this.stack, root));
    const { context, kubeconfig, namespace } = settings.k8s;
    // Said before anything else is done: a set-up takes minutes.
    this.target = { kubeconfig, context: context ?? '' };
    this.where = `the namespace ${namespace} of the cluster ${context}`;
    this.opensWith = this.command('open');
  }

  /** @throws where the context cannot be used, with those that are there; wrong input */
  access(): Promise<Access> {
    this.opened ??= (async () => {
      const { CoreV1Api: Core } = await import('@kubernetes/client-node');
      const context = this.target.context === '' ? undefined : this.target.context;
      const config = await connect({ ...this.target, context }).catch((error: Error) => {
        throw wrongInput(error.message);
      });
      return { config, core: config.makeApiClient(Core), namespace: this.settings.k8s.namespace };
    })();
    return this.opened;
  }

  async services(): Promise<ServiceStatus[]> {
    const { servicesNow } = await import('./services.js');
    return servicesNow(this);
  }

  async memory(): Promise<Memory[]> {
    return (await this.services())
      .flatMap(({ name, memoryMiB, memoryLimitMiB }) =>
        memoryMiB === undefined ? [] : [{ workload: name, usedMiB: memoryMiB, limitMiB: memoryLimitMiB ?? 0 }],
      )
      .sort((a, b) => b.usedMiB - a.usedMiB);
  }

  /** Every pod of the deployment, of all times that the cluster remembers. */
  async pods(): Promise<V1Pod[]> {
    const { core, namespace } = await this.access();
    const labelSelector = selectorOf(deploymentLabels(this.settings.name));
    return (await core.listNamespacedPod({ namespace, labelSelector }).catch(unreachable(this.where))).items;
  }

  async logs(): Promise<LogSources> {
    return new (await import('./logs.js')).PodLogs(this);
  }

  async exec(service: string, command: readonly string[], input = ''): Promise<Executed> {
    const { config, namespace } = await this.access();
    const pod = podOf(newestPods(await this.pods()), service);
    if (pod === undefined) throw new CommandError(`${service} has no pod that runs in ${this.where}`);
    const { Exec } = await import('@kubernetes/client-node');
    const both = new PassThrough();
    const chunks: Buffer[] = [];
    both.on('data', (chunk: Buffer) => chunks.push(chunk));
    // Ended, the input would close the connection before the answer: protocols before v5 cannot say that it has ended.
    const stdin = input === '' ? null : Readable.from([input]);
    const status = await new Promise<V1Status>((done, failed) => {
      let told = false;
      const tell = (value: V1Status) => ((told = true), done(value));
      new Exec(config)
        .exec(namespace, pod.metadata!.name!, service, [...command], both, both, stdin, false, tell)
        .then((socket) => {
          socket.onclose = () => told || failed(new CommandError(`the connection to ${service} has ended`));
        }, failed);
    });
    const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
    return {
      code: status.status === 'Success' ? 0 : Number(code ?? -1),
      output: Buffer.concat(chunks).toString(),
    };
  }

  async port(name: PublishedPort): Promise<number> {
    return (await this.forwarding()).open(name);
  }

  async ports(name: PublishedPort): Promise<readonly number[]> {
    const forwards = await this.forwarding();
    const members = Array.from({ length: forwards.members(name) }, (_, member) => member);
    return Promise.all(members.map((member) => forwards.open(name, { member })));
  }

  async publish(): Promise<boolean> {
    const { requireServices } = await import('../running.js');
    await requireServices(this);
    const forwards = await this.forwarding();
    for (const [key, port] of Object.entries(this.settings.ports)) {
      const name = key as PublishedPort;
      for (let member = 0; member < forwards.members(name); member++)
        await forwards.open(name, { member, local: port + member });
    }
    return true;
  }

  async close(): Promise<void> {
    await (await this.forwards)?.close();
    this.forwards = undefined;
  }

  private forwarding(): Promise<Forwards> {
    this.forwards ??= this.access().then(async (access) => {
      await this.requirePorts(access);
      return new Forwards(access, this.settings, () => this.pods());
    });
    return this.forwards;
  }

  async prepare(): Promise<Deployment> {
    await this.access(); // a wrong context is said before minutes of set-up
    const { prepare } = await import('./prepare.js');
    await prepare(this);
    return this;
  }

  /** Refused later, a way into a pod is a connection that is reset, without a word. */
  private async requirePorts({ config, namespace }: Access): Promise<void> {
    const { AuthorizationV1Api } = await import('@kubernetes/client-node');
    const rights = portRights(namespace);
    const denied = await deniedRights(config.makeApiClient(AuthorizationV1Api), rights).catch(unreachable(this.where));
    if (denied.length === 0) return;
    throw new CommandError(
      `no port of a pod in ${this.where} may be opened: missing the right to ` +
        `${inWords(denied)}. Ask for a role that has it (docs/commands/deployer-role.yaml)`,
    );
  }

  async watch(listeners: Listeners): Promise<Watch> {
    const { PodsWatch } = await import('./watch.js');
    return new PodsWatch(this, listeners);
  }

  complete(): Promise<void> {
    return Promise.resolve();
  }

  async belongings(): Promise<Belongings> {
    const { core, namespace } = await this.access();
    const found = await core
      .readNamespace({ name: namespace })
      .catch(unreachable(this.where))
      .catch((error: { code?: number }) => {
        if (error.code === 404) return undefined;
        throw error;
      });
    if (!isOf(this.settings.name, found?.metadata?.labels)) return { nothing: true, losses: [] };
    const [claims, pods] = await Promise.all([
      core.listNamespacedPersistentVolumeClaim({ namespace }),
      core.listNamespacedPod({ namespace }),
    ]);
    const sizes = claims.items.map(
      ({ metadata, spec }) => `  ${metadata?.name} (${spec?.resources?.requests?.['storage'] ?? 'size not known'})`,
    );
    return {
      nothing: false,
      losses: [
        ...(sizes.length > 0 ? ['data for good:', ...sizes] : []),
        `the namespace ${namespace} with everything in it, ${pods.items.length} pods among it`,
      ],
    };
  }

  /** The namespace is the first thing that is made and holds all others: with it everything is gone. */
  async removeLeftovers(): Promise<string[]> {
    const { nothing } = await this.belongings();
    if (nothing) return [];
    const { core, namespace } = await this.access();
    await core.deleteNamespace({ name: namespace });
    const deadline = Date.now() + NAMESPACE_SECONDS * 1000;
    while (!(await this.belongings()).nothing && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 500));
    return [`the namespace ${namespace}`];
  }

  command(words: string): string {
    return `npx streaming ${words} --platform k8s`;
  }

  logsCommand(service: string): string {
    return `${this.kubectl} logs --tail 50 -l app.kubernetes.io/name=${service}`;
  }

  execCommand(service: string, env: Readonly<Record<string, string>>, command: string): string {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value} `);
    return `${this.kubectl} exec service/${service} -- env ${variables.join('')}${command}`;
  }

  private get kubectl(): string {
    const { context, kubeconfig, namespace } = this.settings.k8s;
    const file = kubeconfig === USUAL_KUBECONFIG ? '' : `--kubeconfig ${kubeconfig} `;
    return `kubectl ${file}--context ${context} -n ${namespace}`;
  }
}

/** Where kubectl looks by itself. */
const USUAL_KUBECONFIG = '~/.kube/config';
/** How long a namespace may take to end; its pods are asked to end first. */
const NAMESPACE_SECONDS = 120;

/** An API server that does not answer is the machine's trouble; what it answers is the caller's. */
function unreachable(where: string): (error: Error & { code?: number | string }) => never {
  return (error) => {
    if (typeof error.code === 'number') throw error;
    throw new CommandError(
      `${where} cannot be asked: ${error.message || error.code}. Start it, or choose another context`,
    );
  };
}
