let isOn = false

/**
 * From now on the work is carried through although nobody reads the output any more (`| head -1`): what moves bytes
 * or holds a lease must not end half done because its progress is unread, and then exit with 0.
 */
export function goOnUnread(): void {
  isOn = true
}

/** Whether it is so; else a command ends when its reader does. */
export const goesOnUnread = (): boolean => isOn
