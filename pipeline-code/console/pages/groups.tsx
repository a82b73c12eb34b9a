import type { JSX } from 'preact';

import type { Group, GroupPartition, Member } from '../cluster';
import { count, plural } from '../format';
import type { Outcome } from '../outcome';
import { Badge, Empty, Layout, Show, Table, topicHref } from './layout';

export function GroupsPage({ groups }: { readonly groups: Outcome<readonly Group[]> }): JSX.Element {
  return (
    <Layout title="Consumer groups" section="/groups" api="/api/groups">
      <h1>Consumer groups</h1>
      <Show outcome={groups}>{(all) => <GroupLists groups={all} />}</Show>
    </Layout>
  );
}

function GroupLists({ groups }: { readonly groups: readonly Group[] }): JSX.Element {
  const own = groups.filter(({ internal }) => !internal);
  const internal = groups.filter((group) => group.internal);
  return (
    <>
      {own.length === 0 ? (
        <Empty>
          No consumer groups yet. A group appears when its first member joins or its first offset is committed.
        </Empty>
      ) : (
        own.map((group) => <GroupCard group={group} />)
      )}
      {internal.length === 0 ? null : (
        <details data-key="internal">
          <summary>{count(internal.length)} internal: readers of the registry's own topics</summary>
          {internal.map((group) => (
            <GroupCard group={group} />
          ))}
        </details>
      )}
    </>
  );
}

function GroupCard({ group }: { readonly group: Group }): JSX.Element {
  return (
    <article class="group" data-key={`group-${group.id}`} id={`group-${group.id}`}>
      <header>
        <h2 class="mono name">{group.id}</h2>
        <GroupState group={group} />
        <span class="muted">
          {group.members.length === 0 && group.partitions.length > 0
            ? 'no members, committed offsets only'
            : plural(group.members.length, 'member')}
        </span>
        <span class="lag">
          Lag <strong class="mono">{group.lag === undefined ? 'unknown' : count(group.lag)}</strong>
        </span>
      </header>
      {group.problem === undefined ? null : <p class="remark">It could not be described: {group.problem}.</p>}
      {group.partitions.length === 0 ? (
        <Empty>No offsets committed and no partitions assigned.</Empty>
      ) : (
        <PartitionTable group={group} />
      )}
      {group.members.length === 0 ? null : (
        <details data-key={`members-${group.id}`}>
          <summary>
            Show {group.members.length === 1 ? 'the member' : `the ${count(group.members.length)} members`}
          </summary>
          <Table label={`Members of ${group.id}`} head={['Client', 'Host', 'Assigned', 'Member']}>
            {group.members.map((member) => (
              <tr data-key={`member-${member.id}`}>
                <td class="mono">{member.client}</td>
                <td class="mono">{member.host}</td>
                <td class="mono">{assignedText(member)}</td>
                <td class="mono">{member.id}</td>
              </tr>
            ))}
          </Table>
        </details>
      )}
    </article>
  );
}

function PartitionTable({ group }: { readonly group: Group }): JSX.Element {
  const clients = new Map(group.members.map(({ id, client }) => [id, client]));
  const notes = group.partitions.some(({ note }) => note !== undefined);
  return (
    <Table
      label={`Offsets of ${group.id}`}
      head={['Topic', 'Partition', '#Committed', '#End', '#Lag', 'Read by', ...(notes ? ['Note'] : [])]}
    >
      {group.partitions.map((row) => (
        <tr data-key={`offset-${row.partition}-${row.topic}`}>
          <th scope="row">
            <a class="mono name" href={topicHref(row.topic)}>
              {row.topic}
            </a>
          </th>
          <td class="mono">{row.partition}</td>
          <td class="number">{offset(row.committed)}</td>
          <td class="number">{offset(row.high)}</td>
          <td class="number">
            <Lag row={row} />
          </td>
          <td class="mono">{row.member === undefined ? <span class="muted">nobody</span> : clients.get(row.member)}</td>
          {notes ? <td>{row.note ?? ''}</td> : null}
        </tr>
      ))}
    </Table>
  );
}

function Lag({ row }: { readonly row: GroupPartition }): JSX.Element {
  if (row.lag === undefined) return <span class="muted">unknown</span>;
  return row.lag === 0n ? <>0</> : <strong>{count(row.lag)}</strong>;
}

function GroupState({ group }: { readonly group: Group }): JSX.Element {
  const tone = group.state === 'Stable' ? 'good' : group.state === 'Empty' ? 'plain' : 'warn';
  return <Badge tone={tone}>{group.state}</Badge>;
}

function offset(value: bigint | undefined): JSX.Element | string {
  return value === undefined ? <span class="muted">none</span> : count(value);
}

function assignedText(member: Member): string {
  return member.assigned.map(({ topic, partitions }) => `${topic} [${partitions.join(', ')}]`).join(', ') || 'nothing';
}
