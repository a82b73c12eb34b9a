import type { JSX } from 'preact';

import { totalLag, type Cluster } from '../cluster';
import type { Overview } from '../facts';
import { count, plural } from '../format';
import type { Outcome } from '../outcome';
import type { SubjectsPage } from '../registry';
import { Badge, Layout, ProblemBox, Show, Table } from './layout';

export function OverviewPage({ overview }: { readonly overview: Overview }): JSX.Element {
  const { kafka, registry } = overview;
  return (
    <Layout title="Overview" section="/" api="/api/overview">
      <h1>Overview</h1>
      <section class="cards" aria-label="Health">
        <KafkaCard kafka={kafka} />
        <RegistryCard registry={registry} />
      </section>
      {registry.ok ? null : <ProblemBox problem={registry.problem} />}
      <Show outcome={kafka}>{(cluster) => <ClusterFacts cluster={cluster} />}</Show>
    </Layout>
  );
}

function KafkaCard({ kafka }: { readonly kafka: Outcome<Cluster> }): JSX.Element {
  if (!kafka.ok) {
    return (
      <article>
        <h2>
          Kafka <Badge tone="bad">Down</Badge>
        </h2>
        <p class="muted">See below why.</p>
      </article>
    );
  }
  const topics = kafka.value.topics;
  const behind = topics.reduce((sum, { underReplicated }) => sum + underReplicated, 0);
  const leaderless = topics.flatMap(({ partitions }) => partitions).filter(({ leader }) => leader === undefined).length;
  return (
    <article>
      <h2>
        Kafka{' '}
        {leaderless > 0 ? (
          <Badge tone="bad">{plural(leaderless, 'partition')} without leader</Badge>
        ) : behind > 0 ? (
          <Badge tone="warn">{plural(behind, 'partition')} under-replicated</Badge>
        ) : (
          <Badge tone="good">Healthy</Badge>
        )}
      </h2>
      <dl class="facts">
        <dt>Cluster</dt>
        <dd class="mono">{kafka.value.id}</dd>
        <dt>Brokers</dt>
        <dd class="mono">{count(kafka.value.brokers.length)}</dd>
      </dl>
    </article>
  );
}

function RegistryCard({ registry }: { readonly registry: Outcome<SubjectsPage> }): JSX.Element {
  if (!registry.ok) {
    return (
      <article>
        <h2>
          Schema Registry <Badge tone="bad">Down</Badge>
        </h2>
        <p class="muted">See below why.</p>
      </article>
    );
  }
  const { subjects, compatibility } = registry.value;
  return (
    <article>
      <h2>
        Schema Registry <Badge tone="good">Healthy</Badge>
      </h2>
      <dl class="facts">
        <dt>Subjects</dt>
        <dd>
          <a class="mono" href="/subjects">
            {count(subjects.length)}
          </a>
        </dd>
        <dt>Global compatibility</dt>
        <dd class="mono">{compatibility}</dd>
      </dl>
    </article>
  );
}

function ClusterFacts({ cluster }: { readonly cluster: Cluster }): JSX.Element {
  const own = cluster.topics.filter(({ internal }) => !internal);
  const partitions = own.reduce((sum, topic) => sum + topic.partitions.length, 0);
  const records = own.reduce((sum, topic) => sum + (topic.records ?? 0n), 0n);
  const internal = cluster.topics.length - own.length;
  const groups = cluster.groups.filter((group) => !group.internal);
  const lag = totalLag(groups.flatMap((group) => group.partitions));
  return (
    <>
      <section class="figures" aria-label="Counts">
        <Figure
          href="/topics"
          value={count(own.length)}
          label="Topics"
          note={internal > 0 ? `and ${count(internal)} internal` : undefined}
        />
        <Figure href="/topics" value={count(partitions)} label="Partitions" />
        <Figure href="/topics" value={count(records)} label="Records kept" />
        <Figure
          href="/groups"
          value={count(groups.length)}
          label="Consumer groups"
          note={lag === undefined ? undefined : `lag ${count(lag)} in all`}
        />
      </section>
      <section>
        <h2>Brokers</h2>
        <Table label="Brokers" head={['Id', 'Address', 'Role', '#Leads', '#Replicas']}>
          {cluster.brokers.map((broker) => {
            const all = cluster.topics.flatMap((topic) => topic.partitions);
            return (
              <tr data-key={`broker-${broker.id}`}>
                <td class="mono">{broker.id}</td>
                <td class="mono">{`${broker.host}:${broker.port}`}</td>
                <td>{broker.controller ? <Badge tone="plain">Controller</Badge> : 'Broker'}</td>
                <td class="number">{count(all.filter(({ leader }) => leader === broker.id).length)}</td>
                <td class="number">{count(all.filter(({ replicas }) => replicas.includes(broker.id)).length)}</td>
              </tr>
            );
          })}
        </Table>
        <p class="muted">Leads and replicas count partitions, those of internal topics too.</p>
      </section>
    </>
  );
}

function Figure({
  href,
  value,
  label,
  note,
}: {
  readonly href: string;
  readonly value: string;
  readonly label: string;
  readonly note?: string | undefined;
}): JSX.Element {
  return (
    <a class="figure" href={href}>
      <strong class="mono">{value}</strong>
      <span>{label}</span>
      {note === undefined ? null : <small class="muted">{note}</small>}
    </a>
  );
}
