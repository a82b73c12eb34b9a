import type { Command } from 'commander';

/** What may stand in an argument, where commander does not know it: by the command that is typed. */
export type Values = Readonly<Record<string, readonly string[]>>;

/**
 * A script for bash that completes commands, options and the values of arguments. Everything is in it: nothing has to be
 * started while somebody types.
 */
export function bashCompletion(program: Command, values: Values): string {
  const all = tree(program);
  const words = all.map(
    ([typed, command]) => `    ${quote(typed)}) words=${quote(wordsOf(typed, command, values).join(' '))} ;;`,
  );
  const commands = all.flatMap(([typed]) => (typed === '' ? [] : [`${quote(typed)}`]));
  return `# Completion of "npx streaming" (and of "streaming", where that is on PATH).
_streaming() {
  local word words typed='' first=1 cur="\${COMP_WORDS[COMP_CWORD]}"
  if [ "\${COMP_WORDS[0]}" = npx ]; then
    if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W streaming -- "$cur")); return; fi
    if [ "\${COMP_WORDS[1]}" != streaming ]; then COMPREPLY=(); return; fi
    first=2
  fi
  for word in "\${COMP_WORDS[@]:$first:$((COMP_CWORD - first))}"; do
    case "\${typed:+$typed }$word" in
    ${commands.join(' | ')}) typed="\${typed:+$typed }$word" ;;
    esac
  done
  case "$typed" in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _streaming npx streaming
`;
}

/** Zsh runs the same script. */
export function zshCompletion(program: Command, values: Values): string {
  return `autoload -U +X compinit && compinit -u\nautoload -U +X bashcompinit && bashcompinit\n${bashCompletion(program, values)}`;
}

/** Every command by what is typed for it, the program itself first. */
function tree(command: Command, typed = ''): [string, Command][] {
  return [
    [typed, command],
    ...command.commands.flatMap((sub) => tree(sub, typed === '' ? sub.name() : `${typed} ${sub.name()}`)),
  ];
}

function wordsOf(typed: string, command: Command, values: Values): string[] {
  const options = command.options.filter(({ hidden }) => !hidden).flatMap(({ long, short }) => long ?? short ?? []);
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  return [...command.commands.map((sub) => sub.name()), ...choices, ...(values[typed] ?? []), ...options, '--help'];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
