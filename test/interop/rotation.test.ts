// Other services go on through rotations of the keys as if nothing happened, whatever they keep and for how long.
import { inNode } from './others.js'
import { testRotation } from './rotation.js'

testRotation(inNode)
