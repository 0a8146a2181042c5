import DirectiveVerifyApplied from './verify-applied.ts'

/** The short spelling. */
export default class DirectiveVerify extends DirectiveVerifyApplied {
  static override summary = 'Short for "ctl directive verify-applied"'
  static override examples = ['<%= config.bin %> directive verify --key']
}
