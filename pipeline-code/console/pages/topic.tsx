import type { JSX } from 'preact';

import type { Setting, Topic } from '../cluster';
import { byteSize, count, hexDump, plural, settingMeaning } from '../format';
import { NEWEST, type Message, type Payload, type TopicPage as TopicFacts } from '../messages';
import type { Outcome } from '../outcome';
import { Badge, Empty, Layout, Show, Table, Time, topicHref } from './layout';
import { isCompacted, RecordCount, TopicState } from './topics';

export interface TopicPageProps {
  readonly name: string;
  readonly page: Outcome<TopicFacts>;
  readonly now: number;
}

export function TopicPage({ name, page, now }: TopicPageProps): JSX.Element {
  return (
    <Layout title={name} section="/topics" api={`/api${topicHref(name)}`}>
      <p class="trail">
        <a href="/topics">Topics</a> /
      </p>
      <h1 class="mono name">{name}</h1>
      <Show outcome={page}>
        {(facts) => (
          <>
            <Summary topic={facts.topic} />
            <Messages facts={facts} now={now} />
            <Partitions topic={facts.topic} />
            <Settings settings={facts.topic.settings} />
          </>
        )}
      </Show>
    </Layout>
  );
}

function Summary({ topic }: { readonly topic: Topic }): JSX.Element {
  return (
    <dl class="facts row">
      <dt>Records</dt>
      <dd class="mono">
        <RecordCount topic={topic} />
      </dd>
      <dt>Partitions</dt>
      <dd class="mono">{count(topic.partitions.length)}</dd>
      <dt>Replication</dt>
      <dd class="mono">{count(topic.replication)}</dd>
      {isCompacted(topic) ? (
        <>
          <dt>Clean-up</dt>
          <dd>keeps the newest record of each key</dd>
        </>
      ) : null}
      <TopicState topic={topic} />
    </dl>
  );
}

function Messages({ facts, now }: { readonly facts: TopicFacts; readonly now: number }): JSX.Element {
  const { messages, remark } = facts;
  return (
    <section>
      <h2>Newest messages</h2>
      {remark === undefined ? null : <p class="remark">{remark}</p>}
      {messages.length === 0 ? (
        remark === undefined ? (
          <Empty>No messages in this topic.</Empty>
        ) : null
      ) : (
        <>
          <p class="muted">
            {messages.length < NEWEST ? plural(messages.length, 'message') : `The last ${NEWEST}`} across all
            partitions, newest first, each with its partition:offset. Reading here joins no consumer group and moves no
            offsets.
          </p>
          <div class="messages">
            {messages.map((message) => (
              <MessageCard message={message} now={now} />
            ))}
          </div>
        </>
      )}
    </section>
  );
}

function MessageCard({ message, now }: { readonly message: Message; readonly now: number }): JSX.Element {
  const place = `${message.partition}-${message.offset}`;
  return (
    <details class="message" data-key={`message-${place}`} id={`message-${place}`}>
      <summary>
        <span class="place mono" title="partition : offset">
          {message.partition}
          <span class="muted">:</span>
          {count(BigInt(message.offset))}
        </span>
        <Time at={message.timestamp} now={now} />
        <span class="preview">
          <span class="mono key">{message.key.kind === 'absent' ? <i>no key</i> : preview(message.key)}</span>
          <span class="mono value">{message.value.kind === 'absent' ? <i>tombstone</i> : preview(message.value)}</span>
        </span>
        <span class="kind">
          <Kind payload={message.value} />
          {message.deadLetter ? <Badge tone="warn">dead letter</Badge> : null}
        </span>
      </summary>
      <div class="opened">
        {message.deadLetter ? <DeadLetter letter={message.deadLetter} /> : null}
        <Part title="Key" payload={message.key} absent="No key." />
        <Part
          title="Value"
          payload={message.value}
          absent="Tombstone: a record without value. In a compacted topic it deletes its key."
        />
        {message.headers.length === 0 ? null : (
          <>
            <h3>Headers</h3>
            <dl class="headers">
              {message.headers.map(({ name, value }) => (
                <>
                  <dt class="mono">{name}</dt>
                  <dd class="mono">{value.kind === 'absent' ? <i>no value</i> : preview(value, 2_000)}</dd>
                </>
              ))}
            </dl>
          </>
        )}
      </div>
    </details>
  );
}

function DeadLetter({ letter }: { readonly letter: NonNullable<Message['deadLetter']> }): JSX.Element {
  return (
    <p class="remark">
      Put aside because: <strong>{letter.reason}</strong>.
      {letter.topic === undefined ? null : (
        <>
          {' '}
          It was{' '}
          {letter.offset === undefined ? null : (
            <>
              offset <span class="mono">{letter.offset}</span> of{' '}
            </>
          )}
          {letter.partition === undefined ? null : (
            <>
              partition <span class="mono">{letter.partition}</span> of{' '}
            </>
          )}
          <a class="mono" href={topicHref(letter.topic)}>
            {letter.topic}
          </a>
          . Key and value below are the original bytes.
        </>
      )}
    </p>
  );
}

function Part({
  title,
  payload,
  absent,
}: {
  readonly title: string;
  readonly payload: Payload;
  readonly absent: string;
}): JSX.Element {
  return (
    <>
      <h3>
        {title} {payload.kind === 'absent' ? null : <small class="muted">{describePayload(payload)}</small>}
      </h3>
      {payload.kind === 'absent' ? (
        <p class="muted">{absent}</p>
      ) : payload.kind === 'bytes' ? (
        <>
          <p>Shown as bytes: {payload.reason}.</p>
          <pre tabIndex={0}>{hexDump(payload.hex)}</pre>
        </>
      ) : payload.bytes === 0 ? (
        <p class="muted">Empty: 0 bytes.</p>
      ) : (
        <pre tabIndex={0}>{payload.text}</pre>
      )}
    </>
  );
}

function describePayload(payload: Exclude<Payload, { kind: 'absent' }>): JSX.Element {
  const what = { schema: 'decoded with schema', json: 'JSON', text: 'text', bytes: 'bytes' }[payload.kind];
  return (
    <>
      {what}
      {payload.kind === 'schema' ? <span class="mono"> {payload.schemaId}</span> : null}, {byteSize(payload.bytes)}
      {payload.cut ? ', cut here' : ''}
    </>
  );
}

function Kind({ payload }: { readonly payload: Payload }): JSX.Element {
  switch (payload.kind) {
    case 'schema':
      return <Badge tone="good">schema {payload.schemaId}</Badge>;
    case 'bytes':
      return <Badge tone="warn">not decodable</Badge>;
    case 'absent':
      return <Badge tone="plain">tombstone</Badge>;
    default:
      return <Badge tone="plain">{payload.kind}</Badge>;
  }
}

/** One line; what does not fit is cut by the style sheet. */
function preview(payload: Exclude<Payload, { kind: 'absent' }>, length = 300): string {
  if (payload.kind === 'bytes') return `0x${payload.hex.slice(0, Math.min(length, 120))}`;
  return payload.text.replace(/\s+/g, ' ').slice(0, length);
}

function Partitions({ topic }: { readonly topic: Topic }): JSX.Element {
  return (
    <section>
      <h2>Partitions</h2>
      <Table
        label="Partitions"
        head={['Partition', '#Low offset', '#High offset', '#Records', 'Leader', 'In sync', 'Replicas']}
      >
        {topic.partitions.map((partition) => (
          <tr data-key={`partition-${partition.id}`}>
            <td class="mono">{partition.id}</td>
            <td class="number">{partition.low === undefined ? 'unknown' : count(partition.low)}</td>
            <td class="number">{partition.high === undefined ? 'unknown' : count(partition.high)}</td>
            <td class="number">
              {partition.low === undefined || partition.high === undefined
                ? 'unknown'
                : count(partition.high - partition.low)}
            </td>
            <td class="mono">{partition.leader ?? <Badge tone="bad">none</Badge>}</td>
            <td class="mono">
              {partition.inSync.join(', ')}{' '}
              {partition.inSync.length < partition.replicas.length ? <Badge tone="warn">behind</Badge> : null}
            </td>
            <td class="mono">{partition.replicas.join(', ')}</td>
          </tr>
        ))}
      </Table>
      <p class="muted">The high offset is the one that the next record gets.</p>
    </section>
  );
}

function Settings({ settings }: { readonly settings: readonly Setting[] }): JSX.Element | null {
  if (settings.length === 0) return null;
  const own = settings.filter((setting) => setting.own);
  const inherited = settings.filter((setting) => !setting.own);
  return (
    <section>
      <h2>Settings</h2>
      {own.length === 0 ? (
        <Empty>None of its own; the broker's defaults apply.</Empty>
      ) : (
        <SettingTable label="Settings of this topic" settings={own} />
      )}
      {inherited.length === 0 ? null : (
        <details data-key="inherited">
          <summary>{count(inherited.length)} defaults</summary>
          <SettingTable label="Defaults" settings={inherited} />
        </details>
      )}
    </section>
  );
}

function SettingTable({
  label,
  settings,
}: {
  readonly label: string;
  readonly settings: readonly Setting[];
}): JSX.Element {
  return (
    <Table label={label} head={['Setting', 'Value', 'Means']}>
      {settings.map(({ name, value }) => (
        <tr data-key={`setting-${name}`}>
          <th scope="row" class="mono">
            {name}
          </th>
          <td class="mono">{value === '' ? <span class="muted">empty</span> : value}</td>
          <td>{settingMeaning(name, value) ?? ''}</td>
        </tr>
      ))}
    </Table>
  );
}
