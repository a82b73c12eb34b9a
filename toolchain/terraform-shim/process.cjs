'use strict';
// Plain JavaScript without dependencies: the shim and the first file of `npm start` run before anything is installed
// or compiled. The types are in process.d.cts.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

/** When a process started, as its system spells it; undefined if it does not run. Tells a process from a later one with the same number. */
function startOf(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  if (process.platform === 'linux') {
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The command may contain spaces and brackets; the fields after its last bracket do not.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

function identify(pid) {
  return { pid, start: startOf(pid) };
}

function isAlive(known) {
  return known !== undefined && known.start !== undefined && startOf(known.pid) === known.start;
}

/**
 * Takes a lock that dies with its owners: a file that names the processes which hold it.
 * Answers a handle, or the living owners if somebody else holds it.
 */
function tryLock(file, about = '') {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let owners = [identify(process.pid)];
  let left; // what dead owners wrote
  const text = () => JSON.stringify({ owners, since: new Date().toISOString(), about });
  const mine = `${file}.${process.pid}`;
  for (;;) {
    fs.writeFileSync(mine, text(), { mode: 0o600 });
    try {
      fs.linkSync(mine, file); // atomic, and the lock is never seen without its content
      fs.rmSync(mine);
      break;
    } catch (error) {
      fs.rmSync(mine, { force: true });
      if (error.code !== 'EEXIST') throw error;
    }
    const held = readLock(file);
    if (held === undefined) continue; // just released
    if (held.owners.some(isAlive)) return { heldBy: held };
    // Moved away, then looked at again: between reading and moving somebody else may have taken the lock anew.
    const dead = `${mine}.dead`;
    try {
      fs.renameSync(file, dead);
    } catch (error) {
      if (error.code === 'ENOENT') continue;
      throw error;
    }
    if (readLock(dead)?.owners.some(isAlive)) {
      try {
        fs.linkSync(dead, file);
      } catch {
        // A third one has it by now; the one that was moved away keeps working, as before.
      }
    }
    left = fs.readFileSync(dead, 'utf8');
    fs.rmSync(dead, { force: true });
  }
  return {
    /** Whether the last owners died without letting go: what they worked on may be half done. */
    takenOver: left !== undefined,
    /** Another process of ours that keeps the lock even if this one is killed. */
    add(pid) {
      owners = [...owners, identify(pid)];
      fs.writeFileSync(mine, text(), { mode: 0o600 });
      fs.renameSync(mine, file);
    },
    /**
     * Lets go. Who took over from dead owners and started nothing leaves their lock as it was: what they worked on is
     * still half done, and the next owner must know.
     */
    release(finished = left === undefined || owners.length > 1) {
      if (finished) return fs.rmSync(file, { force: true });
      fs.writeFileSync(mine, left, { mode: 0o600 });
      fs.renameSync(mine, file);
    },
  };
}

function readLock(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    return error.code === 'ENOENT' ? undefined : { owners: [], since: '', about: '' };
  }
}

/** Waits for the lock; says so once, and again every half minute. */
async function lock(file, about, say) {
  for (let waited = 0; ; waited += 1) {
    const answer = tryLock(file, about);
    if (answer.heldBy === undefined) return answer;
    if (waited % 60 === 0) say(answer.heldBy);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

module.exports = { startOf, identify, isAlive, tryLock, lock };
