// Every way in which tenon run refuses, with its exit code.

// RUN: %exits-with 2 tenon run 2>&1 | FileCheck %s --check-prefix=NO-FILE
// NO-FILE: tenon run: expected one FILE.mlir; 'tenon run --help' lists the options
// RUN: %exits-with 2 tenon run %s 2>&1 | FileCheck %s --check-prefix=NO-WAY
// NO-WAY: tenon run: expected --reference or --compare
// RUN: %exits-with 2 tenon run --compare %s 2>&1 | FileCheck %s --check-prefix=ONE-FILE
// ONE-FILE: tenon run: --compare needs two files
// RUN: %exits-with 2 tenon run %s --reference --rows=0 2>&1 | FileCheck %s --check-prefix=NO-ROWS
// NO-ROWS: tenon run: --rows and --sequences are at least 1
// RUN: %exits-with 2 tenon run %s --reference --tolerance=-1 2>&1 | FileCheck %s --check-prefix=TOLERANCE
// TOLERANCE: tenon run: --tolerance is not negative
// RUN: %exits-with 2 tenon run %s --reference --tokens=1 --input=[1] 2>&1 | FileCheck %s --check-prefix=BOTH
// BOTH: tenon run: --tokens makes all inputs; leave out --input
// RUN: %exits-with 2 tenon run %s --refrence 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: Unknown command line argument '--refrence'

// RUN: %exits-with 3 tenon run %t-missing.mlir --reference 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: error: file '{{.*}}-missing.mlir' cannot be read: No such file or directory
// RUN: echo 'func.func @f(' > %t.mlir
// RUN: %exits-with 3 tenon run %t.mlir --reference 2>&1 | FileCheck %s --check-prefix=PARSE
// PARSE: error:

// RUN: %exits-with 2 tenon run %s --reference 2>&1 | FileCheck %s --check-prefix=CHOOSE
// CHOOSE: error: expected --function=, one of: rows, index
// RUN: %exits-with 2 tenon run %s --reference --function=hidden 2>&1 | FileCheck %s --check-prefix=FUNCTION
// FUNCTION: error: there is no public function 'hidden', only: rows, index

// RUN: %exits-with 3 tenon run %s --reference --function=index 2>&1 | FileCheck %s --check-prefix=ARGUMENT
// ARGUMENT: error: 'func.func' op has argument 0 of type 'index'; the reference path takes tensors, weights, rows and states

// RUN: %exits-with 3 tenon run %s --reference --function=rows --input=[1,2 2>&1 | FileCheck %s --check-prefix=LIST
// LIST: error: '[1,2' is not a list of numbers: {{.+}}
// RUN: %exits-with 3 tenon run %s --reference --function=rows --input=[[1,2],[3]] 2>&1 | FileCheck %s --check-prefix=RAGGED
// RAGGED: error: '{{\[\[}}1,2],[3]]' is not a list of numbers of one shape
// RUN: %exits-with 3 tenon run %s --reference --function=rows --input=[[1,2,3]] 2>&1 | FileCheck %s --check-prefix=SHAPE
// SHAPE: error: '{{\[\[}}1,2,3]]' is a tensor of 1x3xf32, expected 'tensor<?x2xf32>'
// RUN: %exits-with 3 tenon run %s --reference --function=rows --input=7=[1] 2>&1 | FileCheck %s --check-prefix=PLACE
// PLACE: error: the function has no argument '7'; write its number, and behind a dot that of its tensor
// RUN: %exits-with 3 tenon run %s --reference --function=rows --input=random --input=random 2>&1 | FileCheck %s --check-prefix=MANY
// MANY: error: --input=random is one more than the 1 tensors that the function takes
// RUN: %exits-with 3 tenon run %s --reference --function=rows --input=%s 2>&1 | FileCheck %s --check-prefix=NPY
// NPY: error: file '{{.*}}run-errors.mlir' is not an .npy file

// RUN: %exits-with 2 tenon run %s --reference --function=rows --expect=first=a.npy 2>&1 | FileCheck %s --check-prefix=RESULT
// RESULT: tenon run: --expect=first=a.npy has no number of a result before '='
// RUN: tenon run %s --reference --function=rows --output=%t.npy
// RUN: %exits-with 2 tenon run %s --reference --function=rows --expect=3=%t.npy 2>&1 | FileCheck %s --check-prefix=FEW
// FEW: tenon run: --expect=3={{.*}}.npy is for result 3, there are 1
// RUN: %exits-with 8 tenon run %s --reference --function=rows --output=/dev/null/x.npy 2>&1 | FileCheck %s --check-prefix=WRITE
// WRITE: error: cannot write '/dev/null/x.npy': Not a directory; choose another output
// RUN: %exits-with 8 tenon run %s --reference --function=rows --output=/dev/null/x 2>&1 | FileCheck %s --check-prefix=FOLDER
// FOLDER: error: cannot create folder '/dev/null/x': Not a directory; choose another output
// RUN: %exits-with 3 tenon run %s --reference --function=rows --weights=%t-none 2>&1 | FileCheck %s --check-prefix=WEIGHTS
// WEIGHTS: {{.*}}-none{{.*}}error: no such folder
func.func @rows(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  return %x : tensor<?x2xf32>
}
func.func @index(%x: index) {
  return
}
func.func private @hidden(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  return %x : tensor<?x2xf32>
}
