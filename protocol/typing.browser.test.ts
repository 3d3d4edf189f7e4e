import './typing.test.ts'
