import type {Shell} from './completion.ts'

/**
 * What a shell loads once. It asks `BIN __complete SHELL …` at each Tab, so it does not age with new commands,
 * and hands every value over as data: nothing that a server named is ever evaluated.
 */
export function completionScript(shell: Shell, bin: string): string {
  return scripts[shell].replaceAll('@BIN@', bin).replaceAll('@FN@', `_opsdeck_${bin.replaceAll(/\W/g, '_')}`)
}

const scripts: Record<Shell, string> = {
  bash: String.raw`# bash completion of @BIN@. Put it into ~/.bashrc:  source <(@BIN@ completion bash)
@FN@() {
  local line value
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o default 2>/dev/null ;;
      :nospace) compopt -o nospace 2>/dev/null ;;
      :*) ;;
      *) printf -v value %q "${'$'}{line#=}"; COMPREPLY+=("$value") ;;
    esac
  done < <("$1" __complete bash "${'$'}{COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
}
complete -F @FN@ @BIN@
`,
  zsh: String.raw`#compdef @BIN@
# zsh completion of @BIN@. Put it into ~/.zshrc after compinit:  source <(@BIN@ completion zsh)
@FN@() {
  local line value description files=0
  local -a values described options
  while IFS= read -r line; do
    case $line in
      :files) files=1 ;;
      :nospace) options=(-S '') ;;
      :*) ;;
      *)
        value=${'$'}{${'$'}{line%%$'\t'*}#=}
        description=${'$'}{line#*$'\t'}
        values+=("$value")
        [[ -n $description ]] && described+=("$value -- $description") || described+=("$value")
        ;;
    esac
  done < <("${'$'}{(Q)words[1]}" __complete zsh "${'$'}{(@Q)words[2,CURRENT]}" 2>/dev/null)
  (( ${'$'}#values )) && compadd "${'$'}options[@]" -l -d described -a values
  (( files )) && _files
  (( ${'$'}#values || files ))
}
if [[ $funcstack[1] == _@BIN@ ]]; then @FN@ "$@"; else compdef @FN@ @BIN@; fi
`,
  fish: String.raw`# fish completion of @BIN@. Keep it:  @BIN@ completion fish > ~/.config/fish/completions/@BIN@.fish
function @FN@
    set -l words (commandline -opc)
    set -l current (string unescape -- (commandline -ct); or commandline -ct)
    for line in ($words[1] __complete fish $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':*'
            case '*'
                string replace -r '^=' '' -- $line
        end
    end
end
complete -c @BIN@ -e
complete -c @BIN@ -f -a '(@FN@)'
`,
  pwsh: String.raw`# PowerShell completion of @BIN@. Put it into $PROFILE:
#   @BIN@ completion pwsh | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName '@BIN@' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or $_.Extent.Text -ne $wordToComplete } |
    Select-Object -Skip 1 | ForEach-Object {
      if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value }
      else { $_.Extent.Text }
    })
  $payload = ConvertTo-Json -Compress -InputObject @($words + @("$wordToComplete"))
  $coded = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($payload))
  & '@BIN@' __complete pwsh $coded 2>$null | Where-Object { -not $_.StartsWith(':') } | ForEach-Object {
    $value, $description = $_.Split([char]9, 2)
    $value = $value.Substring(1)
    if (-not $description) { $description = $value }
    $shown = if ($value -match '^[\w./:=@+-]+$') { $value } else { "'" + $value.Replace("'", "''") + "'" }
    [System.Management.Automation.CompletionResult]::new($shown, $value, 'ParameterValue', $description)
  }
}
`,
}
