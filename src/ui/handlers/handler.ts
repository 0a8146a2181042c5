import type {Controls} from '../controller.ts'

/** What a key does; some need to know which of their keys it was. */
export type Handler = (controls: Controls, pressed: string) => void
