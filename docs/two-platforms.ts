import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dump } from 'js-yaml';

/* Golden files hold resources of any shape; what is shown is picked by name. */
type Json = any; // eslint-disable-line @typescript-eslint/no-explicit-any

const ROOT = resolve(__dirname, '..');
const SOURCE = 'constructs/postgres/postgres.ts';
const NAME = 'postgres';

interface Section {
  readonly title: string;
  readonly says: string;
  readonly docker: Json;
  readonly kubernetes: Json;
}

/** One component's declaration, and what each platform makes of it: from its source and the golden files. */
export const twoPlatforms = {
  file: join(ROOT, 'docs', 'one-component-two-platforms.md'),
  text: (): string => {
    const list = sections(resources('local'), resources('k8s'));
    return `# One component, two platforms

<!-- Written by npm run docs from ${SOURCE} and test/golden. -->

A component says what it is, once. This is all of Postgres ([${SOURCE}](../${SOURCE})):

\`\`\`ts
${declaration()}
\`\`\`

Nothing in it names a platform. Below is what \`npx cdktf diff local\` and \`npx cdktf diff k8s\` would make of it, taken from the golden files of the two
stacks, in YAML, without labels and what repeats itself. \`<hash>\` stands for the hash of a content.

${list.map(({ title, says, docker, kubernetes }) => `## ${title}\n\n${says}\n\n${sideBySide(docker, kubernetes)}`).join('\n')}
## What only one of them has

- On Docker a container that is never started carries the files onto a volume: the provider cannot copy into a container whose root is read-only. On Kubernetes
  ConfigMaps and Secrets are mounted.
- On Docker the clients of one server share its network, on Kubernetes a policy names each client and its port ([ADR 0012](adr/0012-network-policies.md)).

That both are the same program is tested: [test/parity.test.ts](../test/parity.test.ts) reads both stacks back into one form and compares them.
`;
  },
};

function resources(stack: 'local' | 'k8s'): Record<string, Record<string, Json>> {
  return (JSON.parse(readFileSync(join(ROOT, 'test', 'golden', `${stack}.tf.json`), 'utf8')) as Json).resource;
}

/** The argument of `platform.deploy`, as it stands in the source. */
function declaration(): string {
  const lines = readFileSync(join(ROOT, SOURCE), 'utf8').split('\n');
  const from = lines.findIndex((line) => line.includes('platform.deploy('));
  const to = lines.findIndex((line, at) => at > from && /^ {4}\}\);$/.test(line));
  return lines
    .slice(from, to + 1)
    .map((line) => line.replace(/^ {4}/, ''))
    .join('\n');
}

function sections(local: Record<string, Record<string, Json>>, k8s: Record<string, Record<string, Json>>): Section[] {
  const container = local['docker_container']![NAME];
  const carrier = (kind: string) => local['docker_container']![`${NAME}-${kind}`].upload;
  const { spec } = k8s['kubernetes_stateful_set_v1']![NAME];
  const pod = spec.template.spec;
  const [inPod] = pod.container;
  return [
    {
      title: 'The process',
      says: 'The entry point of the image is always overridden.',
      docker: { docker_container: pick(container, 'image', 'entrypoint', 'command', 'env', 'user') },
      kubernetes: { stateful_set: { container: pick(inPod, 'image', 'command', 'args', 'env') } },
    },
    {
      title: 'Its configuration',
      says: 'A changed file replaces the container.',
      docker: { [`docker_container ${NAME}-config`]: { upload: carrier('config') } },
      kubernetes: { config_map: pick(k8s['kubernetes_config_map_v1']![NAME], 'data') },
    },
    {
      title: 'Its secret',
      says: 'Terraform gets the name of a file on Docker, and reads the file for a cluster; neither stack has the value.',
      docker: { [`docker_container ${NAME}-secrets`]: { upload: carrier('secrets') } },
      kubernetes: {
        secret: pick(k8s['kubernetes_secret_v1']![NAME], 'data'),
        stateful_set: { volume: pod.volume.filter((one: Json) => one.secret) },
      },
    },
    {
      title: 'Its data',
      says: 'One volume per replica, kept until the deployment is destroyed.',
      docker: {
        docker_volume: pick(local['docker_volume']![`${NAME}-data`], 'name'),
        docker_container: { volumes: container.volumes.filter((one: Json) => one.volume_name.includes('-data.')) },
      },
      kubernetes: {
        stateful_set: {
          volume_claim_template: spec.volume_claim_template,
          volume_mount: inPod.volume_mount.filter((one: Json) => one.name === 'data'),
        },
      },
    },
    {
      title: 'Who reaches it',
      says: 'Airflow declares `uses: [postgres.sql]`. Nothing else opens the way.',
      docker: {
        docker_network: pick(local['docker_network']![NAME], 'name', 'internal'),
        docker_container: { networks_advanced: container.networks_advanced, ports: container.ports },
      },
      kubernetes: {
        service: pick(k8s['kubernetes_service_v1']![NAME].spec, 'cluster_ip', 'port'),
        network_policy: pick(k8s['kubernetes_network_policy_v1']![NAME].spec, 'ingress', 'egress'),
      },
    },
    {
      title: 'When it is ready',
      says: 'The same command. A cluster asks three questions with it, and restarts what takes no connection any more.',
      docker: { docker_container: pick(container, 'healthcheck') },
      kubernetes: { stateful_set: { container: pick(inPod, 'startup_probe', 'readiness_probe', 'liveness_probe') } },
    },
    {
      title: 'What it may take and do',
      says: 'Memory is a limit, the processor a share. No capability, no other user, nothing to write but its own.',
      docker: {
        docker_container: pick(
          container,
          ...['memory', 'memory_swap', 'cpu_shares', 'read_only', 'tmpfs', 'capabilities', 'security_opts'],
        ),
      },
      kubernetes: { stateful_set: { container: pick(inPod, 'resources', 'security_context') } },
    },
    {
      title: 'How it stops',
      says: 'With the signal of its image on both: STOPSIGNAL is SIGINT there, the fast shutdown of Postgres.',
      docker: { docker_container: pick(container, 'stop_timeout', 'destroy_grace_seconds', 'restart') },
      kubernetes: {
        stateful_set: pick(pod, 'termination_grace_period_seconds', 'restart_policy'),
      },
    },
  ];
}

function pick(from: Json, ...keys: string[]): Json {
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]));
}

/** Two columns, each a block of code: Markdown's own tables hold one line per cell. */
function sideBySide(docker: Json, kubernetes: Json): string {
  const block = (value: Json) => `\n\n\`\`\`yaml\n${dump(value, { lineWidth: 72, noRefs: true })}\`\`\`\n\n`;
  return `<table>
<tr><th>Docker</th><th>Kubernetes</th></tr>
<tr valign="top"><td>${block(docker)}</td><td>${block(kubernetes)}</td></tr>
</table>
`;
}
