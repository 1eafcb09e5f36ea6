// Marks what CUDA's compiler is to make for the processor and the device both.
#pragma once

#ifdef __CUDACC__
#define WEIGHT_SEARCH_HOST_DEVICE __host__ __device__
#else
#define WEIGHT_SEARCH_HOST_DEVICE
#endif
