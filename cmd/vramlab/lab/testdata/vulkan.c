/* Allocates device memory: what TestCaptureVulkan expects to see. */
#include <stdio.h>
#include <stdlib.h>
#include <vulkan/vulkan.h>

static void must(VkResult r, const char *what)
{
	if (r != VK_SUCCESS) {
		fprintf(stderr, "%s: %d\n", what, r);
		exit(r == VK_ERROR_INCOMPATIBLE_DRIVER ? 77 : 1);
	}
}

int main(void)
{
	VkInstance instance;
	VkPhysicalDevice card;
	VkDevice device;
	VkBuffer buffer;
	VkMemoryRequirements needs;
	VkDeviceMemory memory[4], bound;
	uint32_t one = 1;
	float priority = 1;
	VkInstanceCreateInfo i = { .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO };
	VkDeviceQueueCreateInfo q = { .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority };
	VkDeviceCreateInfo d = { .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .queueCreateInfoCount = 1, .pQueueCreateInfos = &q };
	VkBufferCreateInfo b = { .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = 100000, .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT };
	VkMemoryAllocateInfo m = { .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO };

	must(vkCreateInstance(&i, NULL, &instance), "instance");
	vkEnumeratePhysicalDevices(instance, &one, &card);
	if (one == 0)
		return 77;
	must(vkCreateDevice(card, &d, NULL, &device), "device");
	for (int k = 0; k < 4; k++) {
		m.allocationSize = 65536 << k;
		must(vkAllocateMemory(device, &m, NULL, &memory[k]), "memory");
	}
	must(vkCreateBuffer(device, &b, NULL, &buffer), "buffer");
	vkGetBufferMemoryRequirements(device, buffer, &needs);
	m.allocationSize = needs.size;
	must(vkAllocateMemory(device, &m, NULL, &bound), "memory of the buffer");
	must(vkBindBufferMemory(device, buffer, bound, 0), "binding");
	vkFreeMemory(device, memory[2], NULL);
	vkDestroyBuffer(device, buffer, NULL);
	vkFreeMemory(device, bound, NULL);
	vkFreeMemory(device, memory[0], NULL);
	vkFreeMemory(device, memory[1], NULL);
	vkFreeMemory(device, memory[3], NULL);
	vkDestroyDevice(device, NULL);
	vkDestroyInstance(instance, NULL);
	return 0;
}
