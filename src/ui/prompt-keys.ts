import {complete, parseCommand, wantsContexts, type Command} from './commands.ts'
import type {Controls} from './controller.ts'
import {planAction} from './handlers/change.ts'
import {openHelp, openRows} from './handlers/open.ts'
import {current, edit, goto, listScreen, overview, type Prompt} from './ui-state.ts'

type Confirm = Extract<Prompt, {kind: 'confirm'}>

/** Keys while something is asked or typed. */
export function promptKey(controls: Controls, prompt: Prompt, pressed: string): void {
  if (pressed === 'esc') return cancel(controls, prompt)
  if (prompt.kind === 'confirm' && prompt.step === 'yes') return decide(controls, prompt, pressed)
  if (pressed === 'enter') return entered(controls, prompt)
  if (pressed === 'tab') return prompt.kind === 'command' ? completed(controls, prompt.text) : undefined
  if (pressed === 'backspace' && prompt.text === '' && prompt.kind !== 'confirm') return cancel(controls, prompt)
  typed(controls, prompt, typedText(prompt.text, pressed))
}

function typedText(text: string, pressed: string): string {
  if (pressed === 'backspace') return [...text].slice(0, -1).join('')
  return [...pressed].length === 1 ? text + pressed : text
}

function typed(controls: Controls, prompt: Prompt, text: string): void {
  controls.ui(ui => {
    const screen = current(ui)
    const filtered = prompt.kind === 'filter' && screen.kind === 'list' ? edit(ui, screen, {filter: text, top: 0}) : ui
    return {...filtered, prompt: prompt.kind === 'command' ? {kind: 'command', text} : {...prompt, text}}
  })
}

function cancel(controls: Controls, prompt: Prompt): void {
  if (prompt.kind === 'filter') typed(controls, prompt, '')
  controls.ui(ui => ({...ui, prompt: undefined}))
  if (prompt.kind === 'confirm') controls.say(`not done: ${prompt.planned.what}`, 'warn')
}

function completed(controls: Controls, text: string): void {
  if (!wantsContexts(text)) return putCompletion(controls, text, [])
  controls.sources.contexts().then(
    names => putCompletion(controls, text, names), (error: Error) => controls.say(error.message, 'bad'))
}

/** Not when something else was typed meanwhile. */
function putCompletion(controls: Controls, text: string, contexts: readonly string[]): void {
  const {text: longer, options} = complete(text, contexts)
  controls.ui(ui => (ui.prompt?.kind === 'command' && ui.prompt.text === text
    ? {...ui, prompt: {kind: 'command', text: longer, options}} : ui))
}

function entered(controls: Controls, prompt: Prompt): void {
  if (prompt.kind === 'confirm') return stepOn(controls, prompt)
  controls.ui(ui => ({...ui, prompt: undefined}))
  const text = prompt.text.trim()
  if (prompt.kind === 'publish' && text !== '') {
    planAction(controls, {kind: 'directive publish', tenant: text, level: 'Shape'})
  }
  if (prompt.kind === 'command') runCommand(controls, parseCommand(prompt.text))
}

function runCommand(controls: Controls, command: Command | undefined): void {
  switch (command?.kind) {
    case 'list': {
      const {resource, filter, own} = command
      return openRows(controls, listScreen(resource, {filter, own}), goto)
    }
    case 'context': return command.name === '' ? listContexts(controls) : controls.switchTo(command.name)
    case 'overview': return controls.ui(ui => goto(ui, overview))
    case 'help': return openHelp(controls)
    case 'quit': return controls.quit()
    case 'unknown': return controls.say(`there is no :${command.word}; tab shows what there is`, 'bad')
  }
}

function listContexts(controls: Controls): void {
  const told = (names: readonly string[]) =>
    (names.length > 0 ? `contexts: ${names.join(' ')}` : 'there are no contexts')
  controls.sources.contexts().then(
    names => controls.say(told(names)), (error: Error) => controls.say(error.message, 'bad'))
}

/** One key decides, and everything but y is no. */
function decide(controls: Controls, prompt: Confirm, pressed: string): void {
  if (pressed !== 'y' && pressed !== 'Y') return cancel(controls, prompt)
  apply(controls, prompt, {confirm: '', reason: prompt.reason})
}

function stepOn(controls: Controls, prompt: Confirm): void {
  const text = prompt.text.trim()
  if (text === '') return cancel(controls, prompt)
  if (prompt.step === 'reason') {
    return controls.ui(ui => ({...ui, prompt: {...prompt, step: 'name', reason: text, text: ''}}))
  }
  if (text !== prompt.planned.target) return cancel(controls, prompt)
  apply(controls, prompt, {confirm: text, reason: prompt.reason})
}

function apply(controls: Controls, {planned}: Confirm, said: {confirm: string; reason: string}): void {
  controls.ui(ui => ({...ui, prompt: undefined}))
  controls.say(`${planned.what}: on its way`, 'warn')
  controls.hold(planned.apply(said)
    .then(text => controls.say(text), (error: Error) => controls.say(error.message, 'bad')).finally(controls.refresh))
}
