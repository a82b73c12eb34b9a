import { usersSubject } from '../contract';
import type { Schemas, WriterSchema } from './plan';

const DEADLINE_MS = 3000;

/** The versions of the users' schema, as the registry knows them. */
export class SchemaVersions {
  private readonly known = new Map<number, WriterSchema>();
  private readonly rejected = new Set<number>();
  private versions = '';

  constructor(private readonly registryUrl: string) {}

  get schemas(): Schemas {
    return { known: [...this.known.values()], rejected: [...this.rejected] };
  }

  /**
   * Asks for versions that came since. An id once known stays known: records with it may be in the topic long after
   * its version was deleted.
   *
   * @returns whether there is a new id, so that the plan has to be made anew
   */
  async refresh(): Promise<boolean> {
    const versions = await this.get<number[]>('');
    const found = JSON.stringify(versions);
    if (found === this.versions) {
      return false;
    }
    const before = this.known.size;
    for (const version of versions) {
      const { id, schema } = await this.get<{ id: number; schema: string }>(`/${version}`);
      this.known.set(id, { id, text: schema });
      this.rejected.delete(id);
    }
    this.versions = found;
    return this.known.size > before;
  }

  /** Settles an id that no plan knows yet: a version that has just been registered, or none at all. */
  async decide(id: number): Promise<'known' | 'rejected'> {
    this.versions = '';
    await this.refresh();
    if (this.known.has(id)) {
      return 'known';
    }
    this.rejected.add(id);
    return 'rejected';
  }

  private async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.registryUrl}/subjects/${usersSubject}/versions${path}`, {
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    if (response.status === 404) {
      throw new Error(`the schema registry has no subject '${usersSubject}' yet; migrate registers it`);
    }
    if (!response.ok) {
      throw new Error(`the schema registry answered ${response.status} to ${response.url}`);
    }
    return (await response.json()) as T;
  }
}
