// CommonJS: named imports of a static import survive bundling, those of a dynamic one do not. This module is
// what is imported dynamically, since the NATS client costs a start too much to be loaded without need.
export {connect, credsAuthenticator, headers, nkeyAuthenticator} from '@nats-io/transport-node'
