import {complete, parseCommand} from './commands.ts'
import type {Controls} from './controller.ts'
import {planAction} from './handlers/change.ts'
import {openHelp} from './handlers/open.ts'
import {current, edit, goto, listScreen, overview, type Prompt} from './ui-state.ts'

type Confirm = Extract<Prompt, {kind: 'confirm'}>

/** Keys while something is asked or typed. */
export function promptKey(controls: Controls, prompt: Prompt, pressed: string): void {
  if (pressed === 'esc') return cancel(controls, prompt)
  if (prompt.kind === 'confirm' && prompt.step === 'yes') return decide(controls, prompt, pressed)
  if (pressed === 'enter') return entered(controls, prompt)
  if (pressed === 'tab') return prompt.kind === 'command' ? completed(controls, prompt.text) : undefined
  if (pressed === 'backspace' && prompt.text === '' && prompt.kind !== 'confirm') return cancel(controls, prompt)
  const text = pressed === 'backspace' ? [...prompt.text].slice(0, -1).join('') : [...pressed].length === 1 ? prompt.text + pressed : prompt.text
  typed(controls, prompt, text)
}

function typed(controls: Controls, prompt: Prompt, text: string): void {
  controls.ui(ui => {
    const screen = current(ui)
    const filtered = prompt.kind === 'filter' && screen.kind === 'list' ? edit(ui, screen, {filter: text, top: 0}) : ui
    return {...filtered, prompt: {...prompt, text}}
  })
}

function cancel(controls: Controls, prompt: Prompt): void {
  if (prompt.kind === 'filter') typed(controls, prompt, '')
  controls.ui(ui => ({...ui, prompt: undefined}))
  if (prompt.kind === 'confirm') controls.say(`${prompt.planned.what}: not done`, 'warn')
}

function completed(controls: Controls, text: string): void {
  const {text: longer, options} = complete(text)
  controls.ui(ui => ({...ui, prompt: {kind: 'command', text: longer}}))
  if (options.length > 0) controls.say(options.join(' '))
}

function entered(controls: Controls, prompt: Prompt): void {
  if (prompt.kind === 'confirm') return stepOn(controls, prompt)
  controls.ui(ui => ({...ui, prompt: undefined}))
  if (prompt.kind === 'publish' && prompt.text.trim() !== '') planAction(controls, {kind: 'directive publish', tenant: prompt.text.trim(), level: 'Shape'})
  if (prompt.kind === 'command') runCommand(controls, prompt.text)
}

function runCommand(controls: Controls, line: string): void {
  const command = parseCommand(line)
  switch (command?.kind) {
    case 'list': return controls.ui(ui => goto(ui, listScreen(command.resource, {filter: command.filter})))
    case 'overview': return controls.ui(ui => goto(ui, overview))
    case 'help': return openHelp(controls)
    case 'quit': return controls.quit()
    case 'unknown': return controls.say(`there is no :${command.word}; tab shows what there is`, 'bad')
  }
}

/** One key decides, and everything but y is no. */
function decide(controls: Controls, prompt: Confirm, pressed: string): void {
  if (pressed !== 'y' && pressed !== 'Y') return cancel(controls, prompt)
  apply(controls, prompt, {confirm: '', reason: prompt.reason})
}

function stepOn(controls: Controls, prompt: Confirm): void {
  if (prompt.text.trim() === '') return cancel(controls, prompt)
  if (prompt.step === 'reason') return controls.ui(ui => ({...ui, prompt: {...prompt, step: 'name', reason: prompt.text.trim(), text: ''}}))
  if (prompt.text.trim() !== prompt.planned.target) return cancel(controls, prompt)
  apply(controls, prompt, {confirm: prompt.text.trim(), reason: prompt.reason})
}

function apply(controls: Controls, {planned}: Confirm, said: {confirm: string; reason: string}): void {
  controls.ui(ui => ({...ui, prompt: undefined}))
  controls.say(`${planned.what}: on its way`, 'warn')
  planned.apply(said).then(text => controls.say(text), (error: Error) => controls.say(error.message, 'bad')).finally(controls.refresh)
}
