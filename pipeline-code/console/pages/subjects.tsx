import type { JSX } from 'preact';

import { count, plural } from '../format';
import type { Outcome } from '../outcome';
import type { SubjectPage as SubjectFacts, SubjectsPage as SubjectsFacts } from '../registry';
import { Badge, Empty, Layout, Show, subjectHref, Table } from './layout';

export function SubjectsPage({ page }: { readonly page: Outcome<SubjectsFacts> }): JSX.Element {
  return (
    <Layout title="Schemas" section="/subjects" api="/api/subjects">
      <h1>Schemas</h1>
      <Show outcome={page}>
        {({ subjects, compatibility }) => (
          <>
            <dl class="facts row">
              <dt>Subjects</dt>
              <dd class="mono">{count(subjects.length)}</dd>
              <dt>Global compatibility</dt>
              <dd class="mono">{compatibility}</dd>
            </dl>
            {subjects.length === 0 ? (
              <Empty>No subjects yet. One appears when a program registers its first schema.</Empty>
            ) : (
              <Table label="Subjects" head={['Subject', 'Versions', '#Latest id', 'Type', 'Compatibility']}>
                {subjects.map((subject) => (
                  <tr data-key={`subject-${subject.name}`}>
                    <th scope="row">
                      <a class="mono name" href={subjectHref(subject.name)}>
                        {subject.name}
                      </a>
                    </th>
                    <td class="mono">{subject.versions.join(', ')}</td>
                    <td class="number">{subject.latestId}</td>
                    <td>{typeName(subject.type)}</td>
                    <td class="mono">{subject.compatibility}</td>
                  </tr>
                ))}
              </Table>
            )}
          </>
        )}
      </Show>
    </Layout>
  );
}

export function SubjectPage({
  name,
  page,
}: {
  readonly name: string;
  readonly page: Outcome<SubjectFacts>;
}): JSX.Element {
  return (
    <Layout title={name} section="/subjects" api={`/api${subjectHref(name)}`}>
      <p class="trail">
        <a href="/subjects">Schemas</a> /
      </p>
      <h1 class="mono name">{name}</h1>
      <Show outcome={page}>
        {({ versions, compatibility }) => (
          <>
            <dl class="facts row">
              <dt>Versions</dt>
              <dd class="mono">{count(versions.length)}</dd>
              <dt>Compatibility</dt>
              <dd class="mono">{compatibility}</dd>
            </dl>
            {versions.map((version, index) => (
              <details class="version" data-key={`version-${version.version}`} open={index === 0}>
                <summary>
                  <strong>Version {version.version}</strong> <Badge tone="plain">id {version.id}</Badge>{' '}
                  <span class="muted">
                    {typeName(version.type)}
                    {index === 0 ? ', latest' : ''}
                    {version.references.length === 0 ? '' : `, with ${plural(version.references.length, 'reference')}`}
                  </span>
                </summary>
                {version.references.length === 0 ? null : <p>Refers to {version.references.join(', ')}.</p>}
                <pre tabIndex={0}>{version.schema}</pre>
              </details>
            ))}
          </>
        )}
      </Show>
    </Layout>
  );
}

function typeName(type: string): string {
  return { AVRO: 'Avro', JSON: 'JSON Schema', PROTOBUF: 'Protobuf' }[type] ?? type;
}
