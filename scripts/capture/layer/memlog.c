/*
 * A Vulkan layer that writes down device memory: what is allocated and freed, which buffers
 * and images there are, what they need and where they are bound. scripts/capture/vulkan
 * builds it and runs a program under it.
 *
 * One line an event, "seconds,frame,event,fields", into the file that VRAMLAB_MEMLOG names.
 * Every call goes on to the next layer or the driver with its arguments unchanged; nothing
 * is read but sizes and handles.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

#define LAYER_NAME "VK_LAYER_VRAMLAB_memlog"
#define EXPORT __attribute__((visibility("default")))

/* The log. */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *out;
static struct timespec began;
static uint64_t frame;

static void open_log(void)
{
	const char *name = getenv("VRAMLAB_MEMLOG");
	char path[4096];

	if (out || !name)
		return;
	/* Each process has a file of its own: the first takes the name as it is. */
	snprintf(path, sizeof(path), "%s", name);
	if (access(path, F_OK) == 0)
		snprintf(path, sizeof(path), "%s.%d", name, (int)getpid());
	out = fopen(path, "wx");
	if (!out) {
		fprintf(stderr, "memlog: %s cannot be made\n", path);
		return;
	}
	setvbuf(out, NULL, _IOFBF, 1 << 16);
	clock_gettime(CLOCK_MONOTONIC, &began);
	fprintf(out, "# vk-memlog 1: time_s,frame,op,fields\n");
}

__attribute__((destructor)) static void close_log(void)
{
	if (out)
		fclose(out);
	out = NULL;
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	struct timespec now;
	va_list args;

	pthread_mutex_lock(&lock);
	if (out) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		fprintf(out, "%.6f,%" PRIu64 ",",
			(double)(now.tv_sec - began.tv_sec) + 1e-9 * (double)(now.tv_nsec - began.tv_nsec), frame);
		va_start(args, format);
		vfprintf(out, format, args);
		va_end(args);
		fputc('\n', out);
	}
	pthread_mutex_unlock(&lock);
}

/* The next layer's functions, by instance and by device. All objects of one have the same
 * first word. */

struct instance {
	void *key;
	VkInstance handle;
	PFN_vkGetInstanceProcAddr get;
	PFN_vkDestroyInstance destroy;
};

struct device {
	void *key;
	VkPhysicalDeviceMemoryProperties memory;
	PFN_vkGetDeviceProcAddr get;
	PFN_vkDestroyDevice destroy;
	PFN_vkAllocateMemory allocate;
	PFN_vkFreeMemory free;
	PFN_vkCreateBuffer create_buffer;
	PFN_vkDestroyBuffer destroy_buffer;
	PFN_vkGetBufferMemoryRequirements buffer_needs;
	PFN_vkBindBufferMemory bind_buffer;
	PFN_vkBindBufferMemory2 bind_buffers;
	PFN_vkCreateImage create_image;
	PFN_vkDestroyImage destroy_image;
	PFN_vkGetImageMemoryRequirements image_needs;
	PFN_vkBindImageMemory bind_image;
	PFN_vkBindImageMemory2 bind_images;
	PFN_vkQueuePresentKHR present;
};

#define MOST 64
static struct instance instances[MOST];
static struct device devices[MOST];

static void *key_of(void *handle)
{
	return *(void **)handle;
}

static struct instance *instance_of(void *handle)
{
	for (int i = 0; i < MOST; i++)
		if (instances[i].key == key_of(handle))
			return &instances[i];
	return NULL;
}

static struct device *device_of(void *handle)
{
	for (int i = 0; i < MOST; i++)
		if (devices[i].key == key_of(handle))
			return &devices[i];
	return NULL;
}

/* Instances. */

static VKAPI_ATTR VkResult VKAPI_CALL create_instance(const VkInstanceCreateInfo *info, const VkAllocationCallbacks *calls, VkInstance *made)
{
	VkLayerInstanceCreateInfo *chain = (VkLayerInstanceCreateInfo *)info->pNext;
	PFN_vkGetInstanceProcAddr get;
	PFN_vkCreateInstance create;
	VkResult r;

	while (chain && !(chain->sType == VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO && chain->function == VK_LAYER_LINK_INFO))
		chain = (VkLayerInstanceCreateInfo *)chain->pNext;
	if (!chain)
		return VK_ERROR_INITIALIZATION_FAILED;
	get = chain->u.pLayerInfo->pfnNextGetInstanceProcAddr;
	chain->u.pLayerInfo = chain->u.pLayerInfo->pNext;
	create = (PFN_vkCreateInstance)get(VK_NULL_HANDLE, "vkCreateInstance");
	if (!create)
		return VK_ERROR_INITIALIZATION_FAILED;
	r = create(info, calls, made);
	if (r != VK_SUCCESS)
		return r;
	pthread_mutex_lock(&lock);
	open_log();
	for (int i = 0; i < MOST; i++) {
		if (instances[i].key)
			continue;
		instances[i] = (struct instance){ key_of(*made), *made, get, (PFN_vkDestroyInstance)get(*made, "vkDestroyInstance") };
		break;
	}
	pthread_mutex_unlock(&lock);
	return r;
}

static VKAPI_ATTR void VKAPI_CALL destroy_instance(VkInstance handle, const VkAllocationCallbacks *calls)
{
	struct instance *in;
	PFN_vkDestroyInstance destroy;

	if (!handle || !(in = instance_of(handle)))
		return;
	destroy = in->destroy;
	memset(in, 0, sizeof(*in));
	destroy(handle, calls);
	pthread_mutex_lock(&lock);
	if (out)
		fflush(out);
	pthread_mutex_unlock(&lock);
}

/* Devices. */

static void describe(struct instance *in, VkPhysicalDevice card, VkDevice handle, struct device *d)
{
	VkPhysicalDeviceProperties p;
	PFN_vkGetPhysicalDeviceProperties properties =
		(PFN_vkGetPhysicalDeviceProperties)in->get(in->handle, "vkGetPhysicalDeviceProperties");
	PFN_vkGetPhysicalDeviceMemoryProperties memory =
		(PFN_vkGetPhysicalDeviceMemoryProperties)in->get(in->handle, "vkGetPhysicalDeviceMemoryProperties");

	properties(card, &p);
	memory(card, &d->memory);
	say("device,dev=%p,vendor=0x%x,device=0x%x,api=%u.%u.%u,granularity=%" PRIu64 ",name=%s", (void *)handle, p.vendorID, p.deviceID,
	    VK_VERSION_MAJOR(p.apiVersion), VK_VERSION_MINOR(p.apiVersion), VK_VERSION_PATCH(p.apiVersion),
	    (uint64_t)p.limits.bufferImageGranularity, p.deviceName);
	for (uint32_t i = 0; i < d->memory.memoryHeapCount; i++)
		say("heap,index=%u,size=%" PRIu64 ",flags=0x%x", i, (uint64_t)d->memory.memoryHeaps[i].size, d->memory.memoryHeaps[i].flags);
}

#define NEXT(field, name) d->field = (PFN_##name)d->get(handle, #name)

static VKAPI_ATTR VkResult VKAPI_CALL create_device(VkPhysicalDevice card, const VkDeviceCreateInfo *info, const VkAllocationCallbacks *calls, VkDevice *made)
{
	VkLayerDeviceCreateInfo *chain = (VkLayerDeviceCreateInfo *)info->pNext;
	struct instance *in = instance_of(card);
	PFN_vkGetInstanceProcAddr get;
	PFN_vkGetDeviceProcAddr get_device;
	PFN_vkCreateDevice create;
	struct device *d = NULL;
	VkDevice handle;
	VkResult r;

	while (chain && !(chain->sType == VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO && chain->function == VK_LAYER_LINK_INFO))
		chain = (VkLayerDeviceCreateInfo *)chain->pNext;
	if (!chain || !in)
		return VK_ERROR_INITIALIZATION_FAILED;
	get = chain->u.pLayerInfo->pfnNextGetInstanceProcAddr;
	get_device = chain->u.pLayerInfo->pfnNextGetDeviceProcAddr;
	chain->u.pLayerInfo = chain->u.pLayerInfo->pNext;
	create = (PFN_vkCreateDevice)get(in->handle, "vkCreateDevice");
	if (!create)
		return VK_ERROR_INITIALIZATION_FAILED;
	r = create(card, info, calls, made);
	if (r != VK_SUCCESS)
		return r;
	handle = *made;
	pthread_mutex_lock(&lock);
	for (int i = 0; i < MOST && !d; i++)
		if (!devices[i].key)
			d = &devices[i];
	if (!d) {
		pthread_mutex_unlock(&lock);
		fprintf(stderr, "memlog: more than %d devices\n", MOST);
		abort();
	}
	d->get = get_device;
	NEXT(destroy, vkDestroyDevice);
	NEXT(allocate, vkAllocateMemory);
	NEXT(free, vkFreeMemory);
	NEXT(create_buffer, vkCreateBuffer);
	NEXT(destroy_buffer, vkDestroyBuffer);
	NEXT(buffer_needs, vkGetBufferMemoryRequirements);
	NEXT(bind_buffer, vkBindBufferMemory);
	NEXT(bind_buffers, vkBindBufferMemory2);
	if (!d->bind_buffers)
		d->bind_buffers = (PFN_vkBindBufferMemory2)d->get(handle, "vkBindBufferMemory2KHR");
	NEXT(create_image, vkCreateImage);
	NEXT(destroy_image, vkDestroyImage);
	NEXT(image_needs, vkGetImageMemoryRequirements);
	NEXT(bind_image, vkBindImageMemory);
	NEXT(bind_images, vkBindImageMemory2);
	if (!d->bind_images)
		d->bind_images = (PFN_vkBindImageMemory2)d->get(handle, "vkBindImageMemory2KHR");
	NEXT(present, vkQueuePresentKHR);
	d->key = key_of(handle);
	pthread_mutex_unlock(&lock);
	describe(in, card, handle, d);
	return r;
}

static VKAPI_ATTR void VKAPI_CALL destroy_device(VkDevice handle, const VkAllocationCallbacks *calls)
{
	struct device *d;
	PFN_vkDestroyDevice destroy;

	if (!handle || !(d = device_of(handle)))
		return;
	say("destroy_device,dev=%p", (void *)handle);
	destroy = d->destroy;
	memset(d, 0, sizeof(*d));
	destroy(handle, calls);
}

/* Memory. */

#define U64(handle) ((uint64_t)(handle))

static const VkBaseInStructure *in_chain(const void *next, VkStructureType type)
{
	const VkBaseInStructure *s = next;

	while (s && s->sType != type)
		s = s->pNext;
	return s;
}

static VKAPI_ATTR VkResult VKAPI_CALL allocate(VkDevice handle, const VkMemoryAllocateInfo *info, const VkAllocationCallbacks *calls, VkDeviceMemory *made)
{
	struct device *d = device_of(handle);
	VkResult r = d->allocate(handle, info, calls, made);
	const VkMemoryType *type = &d->memory.memoryTypes[info->memoryTypeIndex];
	const VkMemoryDedicatedAllocateInfo *dedicated =
		(const void *)in_chain(info->pNext, VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO);
	int import = in_chain(info->pNext, VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR) ||
		     in_chain(info->pNext, VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT);

	say("alloc,mem=0x%" PRIx64 ",size=%" PRIu64 ",type=%u,heap=%u,props=0x%x,dedicated=%d,import=%d,result=%d",
	    r == VK_SUCCESS ? U64(*made) : 0, (uint64_t)info->allocationSize, info->memoryTypeIndex, type->heapIndex, type->propertyFlags,
	    dedicated && (dedicated->buffer || dedicated->image), import, r);
	return r;
}

static VKAPI_ATTR void VKAPI_CALL release(VkDevice handle, VkDeviceMemory memory, const VkAllocationCallbacks *calls)
{
	/* Told before: another thread may be given the handle at once. */
	if (memory)
		say("free,mem=0x%" PRIx64, U64(memory));
	device_of(handle)->free(handle, memory, calls);
}

static VKAPI_ATTR VkResult VKAPI_CALL create_buffer(VkDevice handle, const VkBufferCreateInfo *info, const VkAllocationCallbacks *calls, VkBuffer *made)
{
	struct device *d = device_of(handle);
	VkResult r = d->create_buffer(handle, info, calls, made);
	VkMemoryRequirements needs;

	if (r != VK_SUCCESS)
		return r;
	d->buffer_needs(handle, *made, &needs);
	say("buffer,res=0x%" PRIx64 ",size=%" PRIu64 ",usage=0x%x,req_size=%" PRIu64 ",req_align=%" PRIu64 ",types=0x%x", U64(*made),
	    (uint64_t)info->size, info->usage, (uint64_t)needs.size, (uint64_t)needs.alignment, needs.memoryTypeBits);
	return r;
}

static VKAPI_ATTR void VKAPI_CALL destroy_buffer(VkDevice handle, VkBuffer buffer, const VkAllocationCallbacks *calls)
{
	if (buffer)
		say("destroy,res=0x%" PRIx64, U64(buffer));
	device_of(handle)->destroy_buffer(handle, buffer, calls);
}

static VKAPI_ATTR VkResult VKAPI_CALL create_image(VkDevice handle, const VkImageCreateInfo *info, const VkAllocationCallbacks *calls, VkImage *made)
{
	struct device *d = device_of(handle);
	VkResult r = d->create_image(handle, info, calls, made);
	VkMemoryRequirements needs;

	/* The planes of a disjoint image have requirements of their own, and it has none. */
	if (r != VK_SUCCESS || (info->flags & VK_IMAGE_CREATE_DISJOINT_BIT) ||
	    in_chain(info->pNext, VK_STRUCTURE_TYPE_IMAGE_SWAPCHAIN_CREATE_INFO_KHR))
		return r;
	d->image_needs(handle, *made, &needs);
	say("image,res=0x%" PRIx64 ",format=%d,w=%u,h=%u,d=%u,mips=%u,layers=%u,samples=%d,tiling=%d,usage=0x%x,req_size=%" PRIu64
	    ",req_align=%" PRIu64 ",types=0x%x,mod=%d",
	    U64(*made), info->format, info->extent.width, info->extent.height, info->extent.depth, info->mipLevels, info->arrayLayers,
	    info->samples, info->tiling, info->usage, (uint64_t)needs.size, (uint64_t)needs.alignment, needs.memoryTypeBits,
	    info->tiling == VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT);
	return r;
}

static VKAPI_ATTR void VKAPI_CALL destroy_image(VkDevice handle, VkImage image, const VkAllocationCallbacks *calls)
{
	if (image)
		say("destroy,res=0x%" PRIx64, U64(image));
	device_of(handle)->destroy_image(handle, image, calls);
}

static void bound(VkResult r, uint64_t resource, VkDeviceMemory memory, VkDeviceSize offset)
{
	if (r == VK_SUCCESS && memory)
		say("bind,res=0x%" PRIx64 ",mem=0x%" PRIx64 ",offset=%" PRIu64, resource, U64(memory), (uint64_t)offset);
}

static VKAPI_ATTR VkResult VKAPI_CALL bind_buffer(VkDevice handle, VkBuffer buffer, VkDeviceMemory memory, VkDeviceSize offset)
{
	VkResult r = device_of(handle)->bind_buffer(handle, buffer, memory, offset);

	bound(r, U64(buffer), memory, offset);
	return r;
}

static VKAPI_ATTR VkResult VKAPI_CALL bind_buffers(VkDevice handle, uint32_t n, const VkBindBufferMemoryInfo *info)
{
	VkResult r = device_of(handle)->bind_buffers(handle, n, info);

	for (uint32_t i = 0; i < n; i++)
		bound(r, U64(info[i].buffer), info[i].memory, info[i].memoryOffset);
	return r;
}

static VKAPI_ATTR VkResult VKAPI_CALL bind_image(VkDevice handle, VkImage image, VkDeviceMemory memory, VkDeviceSize offset)
{
	VkResult r = device_of(handle)->bind_image(handle, image, memory, offset);

	bound(r, U64(image), memory, offset);
	return r;
}

static VKAPI_ATTR VkResult VKAPI_CALL bind_images(VkDevice handle, uint32_t n, const VkBindImageMemoryInfo *info)
{
	VkResult r = device_of(handle)->bind_images(handle, n, info);

	for (uint32_t i = 0; i < n; i++)
		bound(r, U64(info[i].image), info[i].memory, info[i].memoryOffset);
	return r;
}

static VKAPI_ATTR VkResult VKAPI_CALL present(VkQueue queue, const VkPresentInfoKHR *info)
{
	VkResult r = device_of(queue)->present(queue, info);

	pthread_mutex_lock(&lock);
	frame++;
	pthread_mutex_unlock(&lock);
	return r;
}

/* The way in. */

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_device_proc(VkDevice handle, const char *name);
static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_instance_proc(VkInstance handle, const char *name);

static const struct {
	const char *name;
	PFN_vkVoidFunction function;
	int device;
} ours[] = {
	{ "vkGetInstanceProcAddr", (PFN_vkVoidFunction)get_instance_proc, 0 },
	{ "vkCreateInstance", (PFN_vkVoidFunction)create_instance, 0 },
	{ "vkDestroyInstance", (PFN_vkVoidFunction)destroy_instance, 0 },
	{ "vkCreateDevice", (PFN_vkVoidFunction)create_device, 0 },
	{ "vkGetDeviceProcAddr", (PFN_vkVoidFunction)get_device_proc, 1 },
	{ "vkDestroyDevice", (PFN_vkVoidFunction)destroy_device, 1 },
	{ "vkAllocateMemory", (PFN_vkVoidFunction)allocate, 1 },
	{ "vkFreeMemory", (PFN_vkVoidFunction)release, 1 },
	{ "vkCreateBuffer", (PFN_vkVoidFunction)create_buffer, 1 },
	{ "vkDestroyBuffer", (PFN_vkVoidFunction)destroy_buffer, 1 },
	{ "vkCreateImage", (PFN_vkVoidFunction)create_image, 1 },
	{ "vkDestroyImage", (PFN_vkVoidFunction)destroy_image, 1 },
	{ "vkBindBufferMemory", (PFN_vkVoidFunction)bind_buffer, 1 },
	{ "vkBindBufferMemory2", (PFN_vkVoidFunction)bind_buffers, 1 },
	{ "vkBindBufferMemory2KHR", (PFN_vkVoidFunction)bind_buffers, 1 },
	{ "vkBindImageMemory", (PFN_vkVoidFunction)bind_image, 1 },
	{ "vkBindImageMemory2", (PFN_vkVoidFunction)bind_images, 1 },
	{ "vkBindImageMemory2KHR", (PFN_vkVoidFunction)bind_images, 1 },
	{ "vkQueuePresentKHR", (PFN_vkVoidFunction)present, 1 },
};

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_device_proc(VkDevice handle, const char *name)
{
	struct device *d = device_of(handle);
	PFN_vkVoidFunction next = d ? d->get(handle, name) : NULL;

	/* A function that the driver lacks must be seen to be lacking. */
	for (size_t i = 0; next && i < sizeof(ours) / sizeof(ours[0]); i++)
		if (ours[i].device && strcmp(name, ours[i].name) == 0)
			return ours[i].function;
	return next;
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_instance_proc(VkInstance handle, const char *name)
{
	struct instance *in;

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcmp(name, ours[i].name) == 0)
			return ours[i].function;
	return handle && (in = instance_of(handle)) ? in->get(handle, name) : NULL;
}

EXPORT VKAPI_ATTR VkResult VKAPI_CALL vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *v)
{
	if (v->loaderLayerInterfaceVersion > 2)
		v->loaderLayerInterfaceVersion = 2;
	v->pfnGetInstanceProcAddr = get_instance_proc;
	v->pfnGetDeviceProcAddr = get_device_proc;
	v->pfnGetPhysicalDeviceProcAddr = NULL;
	return VK_SUCCESS;
}
