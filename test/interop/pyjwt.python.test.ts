// Signet's tokens and keys, read by a service in Python, at rest and through rotations.
import { inPython } from './others.js'
import { testRotation } from './rotation.js'
import { testVerification } from './verification.js'

testVerification(inPython, [])
testRotation(inPython)
