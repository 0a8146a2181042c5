export {createBLAKE3} from 'hash-wasm'
