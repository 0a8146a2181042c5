import {binPath} from '../helpers/cli.ts'
import {pair, type Ratio} from './measure.ts'

/** Whole processes of ours against bare Node. */
export async function ratios(): Promise<Ratio[]> {
  const node = process.execPath
  const bare = [node, '-e', '0'] as const
  return [
    pair('tael --version', [node, binPath('tael'), '--version'], bare, 2),
    pair('tael completion bash', [node, binPath('tael'), 'completion', 'bash'], bare, 2),
    pair('tael __complete (Tab on a flag)', [node, binPath('tael'), '__complete', 'bash', 'tael spans --st', ' =:'], bare, 2),
    pair('tael spans --help', [node, binPath('tael'), 'spans', '--help'], bare, 3),
    pair('tael spans --bogus (usage error)', [node, binPath('tael'), 'spans', '--bogus'], bare, 3),
    pair('ctl context list', [node, binPath('ctl'), 'context', 'list'], bare, 3),
  ]
}
