const Sequencer = require('@jest/test-sequencer').default;

/** Files run in the order of their names: they share one deployment, from its creation to its end. */
module.exports = class extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => (a.path < b.path ? -1 : 1));
  }
};
