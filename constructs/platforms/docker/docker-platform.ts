import { join, relative, resolve } from 'node:path';
import { DataDockerNetwork } from '@cdktf/provider-docker/lib/data-docker-network';
import { Container } from '@cdktf/provider-docker/lib/container';
import { Network } from '@cdktf/provider-docker/lib/network';
import { DockerProvider } from '@cdktf/provider-docker/lib/provider';
import { Volume as DockerVolume } from '@cdktf/provider-docker/lib/volume';
import { Fn, type ITerraformDependable, type TerraformElement, type TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { errors } from '../../errors';
import {
  type Deployed,
  endpointsUsedBy,
  externalsUsedBy,
  type Mount,
  type Platform,
  renderText,
  type Secret,
  type Self,
  serversOf,
  startsAfter,
  type Text,
  validate,
  validateAll,
  type Workload,
} from '../../workload';
import { deployedHandle } from '../deployed';
import { literal, shortHash } from '../terraform-text';
import { DockerImages } from './docker-images';
import { forever, job, tmpfs } from './lifecycle';
import { DEPLOYMENT_LABEL, HEALTH_LABEL, WORKLOAD_LABEL } from './naming';
import { assignSubnets } from './subnets';

export interface DockerPlatformProps {
  /** Name of the deployment: prefix of every container, network and volume. */
  readonly deployment: string;
  /** Root of the repository. */
  readonly root: string;
  /** Folder that holds the secrets made by the set-up, one file each. */
  readonly secretsFolder: string;
  /** How often a secret got another value: what the plan shows instead of the value. @default - 1 for all of them */
  readonly secretGeneration?: (secret: string) => number;
  /** CIDR that the networks are cut from. */
  readonly subnetRange: string;
  /**
   * Networks of this engine on which servers of somebody else are found, by the server's name.
   * @default - they are found where the machine finds them, through a network that leads to the internet
   */
  readonly foreignNetworks?: Readonly<Record<string, string | undefined>>;
}

/** `upload.owner` and `upload.group` came with this version; the bindings were made from an older one. */
const DOCKER_PROVIDER_VERSION = '>= 4.6.0';

const BRIDGE = 'com.docker.network.bridge';

/** Declares workloads as containers of the local Docker engine. */
export class DockerPlatform implements Platform {
  private readonly declared: { scope: Construct; workload: Workload }[] = [];
  private readonly networks = new Map<string, Network>();
  private readonly images: DockerImages;
  private readonly sharedVolumes = new Map<string, { volume: DockerVolume; storageGiB: number }>();

  constructor(
    private readonly stack: TerraformStack,
    private readonly props: DockerPlatformProps,
  ) {
    this.images = new DockerImages(stack);
    new DockerProvider(stack, 'docker');
    stack.addOverride('terraform.required_providers.docker.version', DOCKER_PROVIDER_VERSION);
    // Read by the terraform command of this project, which clears what an interrupted run left behind.
    stack.addOverride('locals.deployment', props.deployment);
  }

  deploy(scope: Construct, workload: Workload): Deployed {
    validate(workload);
    if ((workload.replicas ?? 1) !== 1) throw errors.replicasUnsupported(workload.name, workload.replicas ?? 1);
    this.declared.push({ scope, workload });
    return deployedHandle(workload);
  }

  /** Writes the resources. Called once, after everything is declared: who needs a network is known only then. */
  render(): void {
    const workloads = this.declared.map((d) => d.workload);
    validateAll(workloads);
    this.renderNetworks(workloads);
    for (const { scope, workload } of this.declared) this.renderWorkload(scope, workload);
  }

  private renderNetworks(workloads: readonly Workload[]): void {
    const inside = [...serversOf(workloads), ...workloads.flatMap((w) => (w.joins ?? []).map((m) => m.mesh))];
    const names = [...new Set(inside)];
    const internet = workloads.some((w) => this.needsWayOut(w));
    const published = workloads.some((w) => isPublished(w) && !this.needsWayOut(w));
    const outside = [...(published ? ['edge'] : []), ...(internet ? ['internet'] : [])];
    const subnets = assignSubnets(this.props.subnetRange, [...names, ...outside]);
    for (const name of [...names, ...outside]) {
      const open = outside.includes(name);
      const network = new Network(this.stack, `network-${name}`, {
        name: this.named(name),
        driver: 'bridge',
        internal: !open,
        labels: this.labels(),
        ipamConfig: [subnets.get(name)!],
        // On the open networks members cannot reach each other, and only `internet` has a way out.
        options: open
          ? { [`${BRIDGE}.enable_icc`]: 'false', [`${BRIDGE}.enable_ip_masquerade`]: String(name === 'internet') }
          : undefined,
      });
      network.overrideLogicalId(name);
      this.networks.set(name, network);
    }
  }

  /** The networks of a workload: its own if it serves somebody, those of the servers it uses, its meshes, a way out. */
  private networksOf(workload: Workload): { name: string; aliases: string[] }[] {
    const meshes = (workload.joins ?? []).map((m) => m.mesh);
    const own = [...(this.networks.has(workload.name) ? [workload.name] : []), ...meshes];
    const used = endpointsUsedBy(workload)
      .map((e) => e.workload)
      .filter((name) => !own.includes(name));
    // One default route: a workload that may reach the internet publishes its ports through the same network.
    const out = this.needsWayOut(workload) ? ['internet'] : isPublished(workload) ? ['edge'] : [];
    const id = (name: string) => this.networks.get(name)!.id;
    return [
      // The name is an alias only where the workload serves: on several common networks it would have several addresses.
      ...own.map((name) => ({ name: id(name), aliases: [workload.name] })),
      ...[...new Set([...used, ...out])].map((name) => ({ name: id(name), aliases: [] })),
      ...[...new Set(externalsUsedBy(workload).flatMap((e) => this.foreignNetwork(e.external)))].map((name) => ({
        name,
        aliases: [],
      })),
    ];
  }

  /** Docker cannot open a way to one address only: who talks to a server elsewhere may reach the internet. */
  private needsWayOut(workload: Workload): boolean {
    const servers = externalsUsedBy(workload).map((e) => this.props.foreignNetworks?.[e.external]);
    return workload.internet === true || servers.includes(undefined);
  }

  /** The network that a server of somebody else is found on. Terraform refuses to plan without it. */
  private foreignNetwork(server: string): string[] {
    const name = this.props.foreignNetworks?.[server];
    if (name === undefined) return [];
    const id = `foreign-${server}`;
    const known = this.stack.node.tryFindChild(id) as DataDockerNetwork | undefined;
    const found = known ?? new DataDockerNetwork(this.stack, id, { name });
    found.overrideLogicalId(server);
    return [found.id];
  }

  private renderWorkload(scope: Construct, workload: Workload): void {
    const home = new Construct(scope, workload.name);
    const { name, user } = workload;
    const uid = `${user.uid}:${user.gid}`;
    const config = this.carrier(
      home,
      workload,
      'config',
      Object.entries(workload.config ?? {}).map(([file, content]) => ({ file, content: literal(content) })),
    );
    const secrets = this.carrier(
      home,
      workload,
      'secrets',
      (workload.secrets ?? []).map((s) => ({
        file: s.secret,
        source: this.secretPath(s),
        sourceHash: String(this.props.secretGeneration?.(s.secret) ?? 1),
      })),
    );
    const carriers = [config, secrets].filter((c) => c !== undefined);
    const own = Object.entries(workload.volumes ?? {}).map(([volume, { path }]) => {
      const resource = new DockerVolume(home, `volume-${volume}`, {
        name: this.named(`${name}-${volume}`),
        labels: this.labels(),
      });
      resource.overrideLogicalId(`${name}-${volume}`);
      return { volumeName: resource.id, containerPath: path };
    });
    const networks = this.networksOf(workload);
    const once = workload.runs === 'once';
    const container = new Container(home, 'container', {
      name: this.named(name),
      hostname: this.named(name),
      image: this.images.id(workload.image),
      entrypoint: [this.text(workload, workload.command[0]!)],
      command: workload.command.slice(1).map((part) => this.text(workload, part)),
      env: this.environment(workload),
      user: uid,
      readOnly: true,
      capabilities: { drop: ['ALL'] },
      securityOpts: ['no-new-privileges:true'],
      tmpfs: tmpfs(workload),
      volumes: [
        ...carriers.map((c) => ({ volumeName: c.volume.id, containerPath: c.path, readOnly: true })),
        ...own,
        ...(workload.mounts ?? []).map((m) => this.mount(m)),
      ],
      networksAdvanced: networks,
      networkMode: networks.length === 0 ? 'none' : undefined,
      ports: Object.values(workload.ports ?? {})
        .filter((p) => p.publish !== undefined)
        .map((p) => ({ internal: p.number, external: p.publish, ip: '127.0.0.1', protocol: 'tcp' })),
      memory: workload.memoryMiB,
      memorySwap: workload.memoryMiB,
      cpuShares: Math.round(workload.cpu * 1024),
      logDriver: 'json-file',
      logOpts: { 'max-size': '10m', 'max-file': '3' },
      labels: [...this.labels(), { label: WORKLOAD_LABEL, value: name }, ...healthLabel(workload)],
      stopTimeout: workload.stop?.graceSeconds ?? 10,
      // Without it the provider kills at once when it destroys, whatever `stopTimeout` says.
      destroyGraceSeconds: workload.stop?.graceSeconds ?? 10,
      dependsOn: [...carriers.map((c) => c.container), ...startsAfter(workload).map(containerNamed)],
      // Terraform takes an address here, not an expression, which the construct itself would turn into.
      lifecycle: carriers.length
        ? { replaceTriggeredBy: carriers.map((c) => `docker_container.${c.container.friendlyUniqueId}.id`) }
        : undefined,
      ...(once ? job() : forever(workload)),
    });
    container.overrideLogicalId(name);
  }

  /**
   * A container that is never started: it carries files, with owner and mode, onto a volume that the workload mounts
   * read-only. The provider cannot upload into a container whose root file system is read-only.
   */
  private carrier(
    home: Construct,
    { name, user }: Workload,
    kind: 'config' | 'secrets',
    files: readonly { file: string; content?: string; source?: string; sourceHash?: string }[],
  ): { container: Container; volume: DockerVolume; path: string } | undefined {
    if (files.length === 0) return undefined;
    const id = `${name}-${kind}`;
    const path = `/run/${kind}`;
    // The list of files is part of the name: a file that was taken out would otherwise stay on the volume.
    const volumeName = this.named(`${id}-${shortHash(files.map((f) => f.file).join('\n'))}`);
    const volume = new DockerVolume(home, `${kind}-volume`, { name: volumeName, labels: this.labels() });
    volume.overrideLogicalId(id);
    const container = new Container(home, `${kind}-carrier`, {
      name: this.named(id),
      image: this.images.carrier(),
      command: ['-'],
      start: false,
      mustRun: false,
      networkMode: 'none',
      logDriver: 'none',
      labels: [...this.labels(), { label: WORKLOAD_LABEL, value: name }],
      volumes: [{ volumeName: volume.id, containerPath: path }],
      upload: files.map(({ file, ...from }) => ({
        file: `${path}/${file}`,
        permissions: kind === 'secrets' ? '0400' : '0444',
        ...from,
      })),
    });
    container.overrideLogicalId(id);
    files.forEach((_, i) => {
      container.addOverride(`upload.${i}.owner`, String(user.uid));
      container.addOverride(`upload.${i}.group`, String(user.gid));
    });
    return { container, volume, path };
  }

  private mount({ source, path, writable }: Mount): {
    volumeName?: string;
    hostPath?: string;
    containerPath: string;
    readOnly?: boolean;
  } {
    const readOnly = writable ? undefined : true;
    if ('folder' in source) {
      return {
        hostPath: Fn.abspath(this.fromStackFolder(resolve(this.props.root, source.folder))),
        containerPath: path,
        readOnly,
      };
    }
    let shared = this.sharedVolumes.get(source.sharedVolume);
    if (!shared) {
      const volume = new DockerVolume(this.stack, `volume-${source.sharedVolume}`, {
        name: this.named(source.sharedVolume),
        labels: this.labels(),
      });
      volume.overrideLogicalId(source.sharedVolume);
      shared = { volume, storageGiB: source.storageGiB };
      this.sharedVolumes.set(source.sharedVolume, shared);
    }
    if (shared.storageGiB !== source.storageGiB)
      throw errors.sharedVolumeDiffers(source.sharedVolume, shared.storageGiB, source.storageGiB);
    return { volumeName: shared.volume.id, containerPath: path, readOnly };
  }

  private environment(workload: Workload): string[] {
    const plain = Object.entries(workload.env ?? {}).map(([key, value]) => `${key}=${this.text(workload, value)}`);
    // The value is read by Terraform when it plans; the synthesised stack holds only the path.
    const secret = Object.entries(workload.secretEnv ?? {}).map(
      ([key, value]) => `${key}=\${sensitive(trimspace(file("${this.secretPath(value)}")))}`,
    );
    return [...plain, ...secret];
  }

  private text(workload: Workload, value: Text): string {
    const self = (fact: Self): string => {
      if (fact.self === 'host') return workload.name;
      if (fact.self === 'index') return '0';
      const port = workload.ports?.[fact.port];
      if (!port) throw errors.portUnknown(workload.name, fact.port, Object.keys(workload.ports ?? {}));
      return `${fact.self === 'url' ? 'http://' : ''}localhost:${port.publish ?? port.number}`;
    };
    return literal(renderText(value, self));
  }

  private secretPath({ secret }: Secret): string {
    return this.fromStackFolder(join(this.props.secretsFolder, secret));
  }

  /** Terraform runs in `cdktf.out/stacks/<stack>`; relative paths keep plans and golden files free of the machine's folders. */
  private fromStackFolder(path: string): string {
    return relative(join(this.props.root, 'cdktf.out', 'stacks', this.stack.node.id), path);
  }

  private named(name: string): string {
    return `${this.props.deployment}-${name}`;
  }

  private labels(): { label: string; value: string }[] {
    return [{ label: DEPLOYMENT_LABEL, value: this.props.deployment }];
  }
}

/**
 * The provider plans another health check as a change of the running container, which the engine cannot make: it would never
 * come to pass, and every plan would show it again. Another label makes another container.
 */
function healthLabel({ health }: Workload): { label: string; value: string }[] {
  if (health === undefined) return [];
  return [{ label: HEALTH_LABEL, value: shortHash(JSON.stringify([health.ready, health.startSeconds])) }];
}

function isPublished(workload: Workload): boolean {
  return Object.values(workload.ports ?? {}).some((p) => p.publish !== undefined);
}

/** Refers to a container by its name, whether it has been rendered already or not. */
function containerNamed(name: string): ITerraformDependable {
  return { fqn: `docker_container.${name}` } as TerraformElement & ITerraformDependable;
}
