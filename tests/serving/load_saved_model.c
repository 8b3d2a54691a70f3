/* Loads a SavedModel through TensorFlow's C library and runs one signature on it,
 * without Python: the loader and the session are those of TensorFlow Serving.
 *
 * Usage: load DIR INPUT OUTPUT VALUES DTYPE FILE DIM...
 *   INPUT, OUTPUT  names such as serving_default_image:0
 *   VALUES         file for the float32 values of the output
 *   DTYPE          uint8: FILE holds a tensor of shape DIM...
 *                  string: FILE holds the one string of a tensor of shape [1]
 * Exit status: 0, or 100 + the TF_Code of what went wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tensorflow/c/c_api.h"
#include "tensorflow/c/tf_tstring.h"

static void check(TF_Status* status) {
  if (TF_GetCode(status) == TF_OK) return;
  fprintf(stderr, "%s\n", TF_Message(status));
  exit(100 + TF_GetCode(status));
}

static TF_Output find(TF_Graph* graph, char* name) {
  char* colon = strrchr(name, ':');
  *colon = 0;
  TF_Output output = {TF_GraphOperationByName(graph, name), atoi(colon + 1)};
  if (!output.oper) { fprintf(stderr, "no operation %s\n", name); exit(1); }
  return output;
}

static char* read_all(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  if (!file) { perror(path); exit(1); }
  fseek(file, 0, SEEK_END);
  *size = ftell(file);
  rewind(file);
  char* content = malloc(*size + 1);
  if (fread(content, 1, *size, file) != *size) exit(1);
  fclose(file);
  return content;
}

static TF_Tensor* input_tensor(int argc, char** argv) {
  size_t size;
  char* content = read_all(argv[6], &size);
  if (!strcmp(argv[5], "string")) {
    int64_t one = 1;
    TF_Tensor* tensor = TF_AllocateTensor(TF_STRING, &one, 1, sizeof(TF_TString));
    TF_TString* string = TF_TensorData(tensor);
    TF_TString_Init(string);
    TF_TString_Copy(string, content, size);
    return tensor;
  }
  int64_t dims[8];
  int rank = argc - 7;
  size_t expected = 1;
  for (int i = 0; i < rank; i++) expected *= dims[i] = atoll(argv[7 + i]);
  if (expected != size) { fprintf(stderr, "size of %s\n", argv[6]); exit(1); }
  TF_Tensor* tensor = TF_AllocateTensor(TF_UINT8, dims, rank, size);
  memcpy(TF_TensorData(tensor), content, size);
  return tensor;
}

int main(int argc, char** argv) {
  if (argc < 7) return 1;
  TF_Status* status = TF_NewStatus();
  TF_Graph* graph = TF_NewGraph();
  TF_SessionOptions* options = TF_NewSessionOptions();
  const char* tags[] = {"serve"};
  TF_Session* session = TF_LoadSessionFromSavedModel(
      options, NULL, argv[1], tags, 1, graph, NULL, status);
  check(status);
  TF_Output input = find(graph, argv[2]), output = find(graph, argv[3]);
  TF_Tensor* fed = input_tensor(argc, argv);
  TF_Tensor* fetched = NULL;
  TF_SessionRun(session, NULL, &input, &fed, 1, &output, &fetched, 1, NULL, 0, NULL,
                status);
  check(status);
  FILE* file = fopen(argv[4], "wb");
  fwrite(TF_TensorData(fetched), 1, TF_TensorByteSize(fetched), file);
  fclose(file);
  return 0;
}
