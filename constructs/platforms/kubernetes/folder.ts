import { isUtf8 } from 'node:buffer';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { errors } from '../../errors';

/** Hidden, and yet part of a folder: says what in it is no DAG. */
const AIRFLOW_IGNORE = '.airflowignore';

/** A ConfigMap holds one mebibyte, keys included. */
const LIMIT_BYTES = 1_000_000;

export interface FolderFile {
  /** Key in the ConfigMap, which cannot hold a slash. */
  readonly key: string;
  /** Path inside the folder. */
  readonly path: string;
}

/**
 * The files of a folder of the repository as keys of a ConfigMap. What tools leave behind there (`__pycache__`, hidden
 * files) stays out.
 *
 * @throws if a cluster cannot carry the folder
 */
export function folderFiles(workload: string, root: string, folder: string): FolderFile[] {
  const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(join(root, folder), join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) =>
      path.split('/').every((part) => part === AIRFLOW_IGNORE || (part !== '__pycache__' && !part.startsWith('.'))),
    )
    .sort();
  let bytes = 0;
  for (const path of files) {
    const content = readFileSync(join(root, folder, path));
    if (!isUtf8(content)) throw errors.folderNotText(workload, folder, path);
    bytes += content.length;
  }
  if (bytes > LIMIT_BYTES) throw errors.folderTooLarge(workload, folder, bytes, LIMIT_BYTES);
  return files.map((path) => ({ key: path.replaceAll('/', '__'), path }));
}
