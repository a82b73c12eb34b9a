import type { JSX } from 'preact';

import type { Setting, Topic } from '../cluster';
import { count, settingMeaning } from '../format';
import type { Outcome } from '../outcome';
import { Badge, Empty, Layout, Show, Table, topicHref } from './layout';

export function TopicsPage({ topics }: { readonly topics: Outcome<readonly Topic[]> }): JSX.Element {
  return (
    <Layout title="Topics" section="/topics" api="/api/topics">
      <h1>Topics</h1>
      <Show outcome={topics}>{(all) => <TopicLists topics={all} />}</Show>
    </Layout>
  );
}

function TopicLists({ topics }: { readonly topics: readonly Topic[] }): JSX.Element {
  const own = topics.filter(({ internal }) => !internal);
  const internal = topics.filter((topic) => topic.internal);
  return (
    <>
      {own.length === 0 ? (
        <Empty>No topics yet. They appear here as soon as a program creates one.</Empty>
      ) : (
        <TopicTable label="Topics" topics={own} />
      )}
      {internal.length === 0 ? null : (
        <details data-key="internal">
          <summary>{count(internal.length)} internal: the book-keeping of Kafka and the registry</summary>
          <TopicTable label="Internal topics" topics={internal} />
        </details>
      )}
    </>
  );
}

function TopicTable({ label, topics }: { readonly label: string; readonly topics: readonly Topic[] }): JSX.Element {
  return (
    <Table label={label} head={['Topic', '#Partitions', '#Replication', '#Records', 'Own settings']}>
      {topics.map((topic) => (
        <tr data-key={`topic-${topic.name}`}>
          <th scope="row">
            <a class="mono name" href={topicHref(topic.name)}>
              {topic.name}
            </a>{' '}
            <TopicState topic={topic} />
          </th>
          <td class="number">{count(topic.partitions.length)}</td>
          <td class="number">{count(topic.replication)}</td>
          <td class="number">
            <RecordCount topic={topic} />
          </td>
          <td>
            <OwnSettings settings={topic.settings} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

export function TopicState({ topic }: { readonly topic: Topic }): JSX.Element | null {
  if (topic.partitions.some(({ leader }) => leader === undefined)) return <Badge tone="bad">No leader</Badge>;
  if (topic.problem !== undefined) return <Badge tone="bad">{topic.problem}</Badge>;
  if (topic.underReplicated > 0) return <Badge tone="warn">Under-replicated</Badge>;
  return null;
}

export function RecordCount({ topic }: { readonly topic: Topic }): JSX.Element {
  if (topic.records === undefined) return <span class="muted">unknown</span>;
  // Compaction leaves gaps, which the offsets do not tell.
  return <>{isCompacted(topic) && topic.records > 0n ? `≤ ${count(topic.records)}` : count(topic.records)}</>;
}

export function isCompacted(topic: Topic): boolean {
  return topic.settings.some(({ name, value }) => name === 'cleanup.policy' && value.includes('compact'));
}

function OwnSettings({ settings }: { readonly settings: readonly Setting[] }): JSX.Element {
  const own = settings.filter((setting) => setting.own);
  if (own.length === 0) return <span class="muted">broker defaults</span>;
  return (
    <ul class="settings">
      {own.map(({ name, value }) => (
        <li>
          <code>{name}</code> <span class="mono">{settingMeaning(name, value) ?? value}</span>
        </li>
      ))}
    </ul>
  );
}
