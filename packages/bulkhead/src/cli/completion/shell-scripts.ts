/** The shells that completion is written for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The hidden command that prints what may stand at a place: a value on each line, and behind a tab what it means. */
export const COMPLETE = '__complete';

/** A script for each shell, which asks the very command that is being typed. What that does not know is left to the shell's files. */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_bulkhead() {
  local line IFS=
  COMPREPLY=()
  while read -r line; do
    [ -n "$line" ] && COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" ${COMPLETE} -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _bulkhead bulkhead
`,
  zsh: `_bulkhead() {
  local line
  local -a found
  while read -r line; do
    [[ -n $line ]] || continue
    line=\${line//:/\\\\:}
    found+=("\${line/$'\\t'/:}")
  done < <("\${words[1]}" ${COMPLETE} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe bulkhead found; else _files; fi
}
compdef _bulkhead bulkhead
`,
  fish: `function __bulkhead_complete
  set -l words (commandline -opc)
  set -l typed (commandline -ct)
  set -l found ($words[1] ${COMPLETE} -- $words[2..-1] "$typed" 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path "$typed"
  end
end
complete -c bulkhead -f -a '(__bulkhead_complete)'
`,
};
