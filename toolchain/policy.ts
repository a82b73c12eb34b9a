import { join } from 'node:path';
import { goProgram } from './go';
import type { Log } from './log';
import { pythonPackages } from './python';

/** Programs that judge Kubernetes objects: pinned, made once per machine, and used by the tests alone. */
export const policyTools = {
  kubeScore: (log: Log): Promise<string> =>
    goProgram(
      { module: 'kube-score', package: 'github.com/zegl/kube-score/cmd/kube-score', ldflags: '-s -w' },
      'kube-score',
      log,
    ),

  /** What the admission controller of a cluster decides by. */
  podSecurity: (log: Log): Promise<string> =>
    goProgram({ module: 'pod-security', package: '.', ldflags: '-s -w' }, 'pod-security', log),

  /** A folder for PYTHONPATH; `python3 -m checkov.main` is the program. */
  checkov: (log: Log): Promise<string> =>
    pythonPackages('checkov', join(__dirname, 'checkov', 'requirements.lock'), 'checkov', log),
};
